"""What a request makes of its certificate's journal; the worker then brings about what the journal says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.certificates import Version
from shared.domain.issuance import AskedFor, Forced
from shared.domain.journal import Journal
from shared.domain.place_record import Quarantine
from shared.domain.quarantine import rolled_back
from shared.domain.requests import Request
from shared.inventory import Place


def asked(journal: Journal, request: Request, now: datetime) -> Journal:
    """Return the journal as the request wants it, and in whose name. Doing so twice is as good as once.

    A request that asks for nothing new takes the work under way from nobody.
    """
    after = with_request(journal, request, now)
    if after == journal and (journal.asked_for is not None or journal.issuance is not None):
        return journal
    replaces = request.replaces if request.kind == "renewal" else None
    return replace(after, asked_for=AskedFor(request.occasion, replaces))


def with_request(journal: Journal, request: Request, now: datetime) -> Journal:
    match request.kind:
        case "renewal":
            return to_be_renewed(journal, request)
        case "rollback":
            return back_to_an_earlier_version(journal, request, now)
        case "release":
            return replace(journal, quarantine=())


def is_done(journal: Journal, wanted: Mapping[Place, Version]) -> bool:
    """Say whether nothing is left of what was asked for: each place was proven to serve what is `wanted` there."""
    if journal.issuance is not None or journal.forced is not None:
        return False
    ours = {str(place): version for place, version in wanted.items() if place.relay.sync == "secret"}
    records = ((journal.at(place), version) for place, version in ours.items())
    return all(r.delivery is None and r.proof is not None and r.proof.version == version for r, version in records)


def to_be_renewed(journal: Journal, request: Request) -> Journal:
    """Return the journal with a new version asked for, or with the authority to be asked again."""
    if request.force and request.replaces is not None:
        journal = replace(journal, forced=Forced(request.replaces, f"asked for by {request.actor}: {request.reason}"))
    return replace(journal, backoff=None) if request.ignore_backoff else journal


def back_to_an_earlier_version(journal: Journal, request: Request, now: datetime) -> Journal:
    """Return the journal with the newest version in quarantine everywhere, also where it was proven."""
    newest = request.replaces
    assert newest is not None, "refused where there is none"
    reason = f"rolled back by {request.actor}: {request.reason}"
    entry = Quarantine(newest, None, "", reason, now, request=request.id, to=request.version)
    return replace(journal, quarantine=(*(q for q in journal.quarantine if q.version != newest), entry))


def why_no_way_back(journal: Journal, newest: Version | None, request: Request, places: Sequence[Place]) -> str | None:
    """Say why a certificate cannot be rolled back; None where it can, if the version to go back to is good still."""
    if newest is None:
        return "there is no version yet"
    if request.replaces not in (None, newest):
        return f"version {newest} has come meanwhile"
    if request.version == newest:
        return f"{newest} is the newest version itself"
    if not places:
        return "no relay serves it"
    if all(place.relay.sync == "none" for place in places):
        return "something else brings the files: import the version before into the vault again"
    already = rolled_back(journal, newest)
    if request.version is None and already is not None and already.request != request.id:
        return f"that is done already ({already.reason}); to go further back, name a version"
    return None
