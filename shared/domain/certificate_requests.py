"""What a person's request changes in the journal of a certificate, and whether it can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.issuing.issuance import ForcedRenewal, RequestedBy
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.quarantine import manual_rollback
from shared.domain.requests import Request
from shared.domain.serving.place_state import Quarantine
from shared.inventory import Place


def apply_request(journal: Journal, request: Request, now: datetime) -> Journal:
    """Return the journal with the request applied, and on whose behalf. Idempotent.

    A request that asks for nothing new does not change on whose behalf the work is done.
    """
    after = journal_with(journal, request, now)
    if after == journal and (journal.requested_by is not None or journal.issuance is not None):
        return journal
    replaces = request.baseline if request.kind == "renewal" else None
    return replace(after, requested_by=RequestedBy(request.trigger, replaces))


def journal_with(journal: Journal, request: Request, now: datetime) -> Journal:
    match request.kind:
        case "renewal":
            return renew_journal(journal, request)
        case "rollback":
            return roll_back_journal(journal, request, now)
        case "release":
            return replace(journal, quarantine=())
        case "delivery":
            raise ValueError("a delivery is asked for a client, not for a certificate")


def is_completed(journal: Journal, wanted: Mapping[Place, Version]) -> bool:
    """Say whether nothing is left of what was asked for: each place was proven to serve what is `wanted` there."""
    if journal.issuance is not None or journal.forced_renewal is not None:
        return False
    ours = {str(place): version for place, version in wanted.items() if place.relay.sync == "secret"}
    records = ((journal.at(place), version) for place, version in ours.items())
    return all(
        r.progress is None and r.verified is not None and r.verified.version == version for r, version in records
    )


def renew_journal(journal: Journal, request: Request) -> Journal:
    """Return the journal with a new version asked for, or with the authority to be asked again."""
    if request.force and request.baseline is not None:
        reason = f"asked for by {request.trigger.actor}: {request.trigger.reason}"
        journal = replace(journal, forced_renewal=ForcedRenewal(request.baseline, reason))
    return replace(journal, backoff=None) if request.ignore_backoff else journal


def roll_back_journal(journal: Journal, request: Request, now: datetime) -> Journal:
    """Return the journal with the newest version in quarantine everywhere, also where it was proven."""
    newest = request.baseline
    assert newest is not None, "refused where there is none"
    message = f"rolled back by {request.trigger.actor}: {request.trigger.reason}"
    entry = Quarantine(newest, None, "", "RolledBackByRequest", message, now, request=request.id, to=request.version)
    return replace(journal, quarantine=(*(q for q in journal.quarantine if q.version != newest), entry))


def rollback_refusal(journal: Journal, newest: Version | None, request: Request, places: Sequence[Place]) -> str | None:
    """Say why a certificate cannot be rolled back; None where it can, if the version to go back to is good still."""
    if newest is None:
        return "there is no version yet"
    if request.baseline not in (None, newest):
        return f"version {newest} has come meanwhile"
    if request.version == newest:
        return f"{newest} is the newest version itself"
    if not places:
        return "no relay serves it"
    if all(place.relay.sync == "none" for place in places):
        return "something else brings the files: import the version before into the vault again"
    already = manual_rollback(journal, newest)
    if request.version is None and already is not None and already.request != request.id:
        return f"that is done already ({already.message}); to go further back, name a version"
    return None
