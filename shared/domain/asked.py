"""What a request makes of its certificate's journal; the worker then brings about what the journal says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.domain.certificates import Version
from shared.domain.inventory import Place
from shared.domain.journal import Forced, Journal, PlaceRecord, Quarantine
from shared.domain.quarantine import proven
from shared.domain.requests import Request


def asked(journal: Journal, request: Request, places: Iterable[Place], now: datetime) -> Journal:
    """Return the journal as the request wants it. Doing so twice is as good as once."""
    match request.kind:
        case "renewal":
            return to_be_renewed(journal, request)
        case "rollback":
            return rolled_back(journal, request, places, now)
        case "release":
            return replace(journal, quarantine=())


def to_be_renewed(journal: Journal, request: Request) -> Journal:
    """Return the journal with a new version asked for, or with the authority to be asked again."""
    if request.force and request.replaces is not None:
        journal = replace(journal, forced=Forced(request.replaces, f"asked for by {request.actor}: {request.reason}"))
    return replace(journal, backoff=None) if request.ignore_backoff else journal


def rolled_back(journal: Journal, request: Request, places: Iterable[Place], now: datetime) -> Journal:
    """Return the journal with the newest version in quarantine everywhere, as if no place had ever served it."""
    newest = request.replaces
    assert newest is not None, "refused where there is none"
    for place in map(str, places):
        journal = journal.with_place(place, going_back_from(journal.at(place), newest, request.version))
    if any(each.version == newest and each.relay is None for each in journal.quarantine):
        return journal
    entry = Quarantine(newest, None, "", f"rolled back by {request.actor}: {request.reason}", now)
    return replace(journal, quarantine=(*journal.quarantine, entry))


def going_back_from(record: PlaceRecord, newest: Version, to: Version | None) -> PlaceRecord:
    """Return a place's record without proof of the newest version; `to` is preferred to what was proven before."""
    served = record.proof is not None and record.proof.version == newest
    proof = None if served or to is not None else record.proof
    return replace(record, proof=proof, before=to or record.before, delivery=None, error=None)


def why_no_way_back(journal: Journal, newest: Version | None, request: Request, places: Iterable[Place]) -> str | None:
    """Say why a certificate cannot be rolled back; None where it can."""
    if newest is None:
        return "there is no version yet"
    if request.version == newest:
        return f"{newest} is the newest version itself"
    records = [(place, journal.at(str(place))) for place in places]
    if not records:
        return "no relay serves it"
    if all(place.relay.sync == "none" for place, _ in records):
        return "something else brings the files: import the version before into the vault again"
    earlier = {version for _, record in records for version in proven(record) if version != newest}
    if request.version is None and not earlier:
        return "no earlier version is known to have been served: name one with version"
    return None
