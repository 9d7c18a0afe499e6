"""What a person asked for, and how far it has come."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.audit import SCHEDULED, Actor, Trigger
from shared.domain.certificates.certificate import Version
from shared.domain.issuing.issuance import ForcedRenewal, RequestedBy
from shared.domain.journal import Journal
from shared.domain.quarantine import manual_rollback
from shared.domain.serving.place_state import Quarantine
from shared.inventory import Place

RequestKind = Literal["renewal", "rollback", "release"]
"""Look now, and renew with `force`; go back to the version before; lift the quarantine of the newest version."""

RequestStatus = Literal["open", "held", "served", "failed"]

RequestState = Literal["queued", "issuing", "delivering", "held", "served", "failed"]

QUEUED_MESSAGE = "It waits in the queue for a worker."
"""The message of a request that no worker has accepted."""

STAMP = "%Y%m%dT%H%M%SZ"

MAX_OPEN_PER_CERTIFICATE = 8
"""Open requests for one certificate: more than there are different ones to ask for at a time."""

MAX_OPEN = 200
"""Open requests in all: each tick reads every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in a blob of its own: written once by the API, then only by workers.

    `force`: issue although nothing is due. `ignore_backoff`: ask the authority although earlier failures forbid it.
    `version`: where a rollback is to go. `baseline`: the version that was the newest when it was asked for, or taken
    up, so that it is done once. `accepted`: when that was written into the certificate's journal. `message`: what it
    waits for, what holds it, how it ended.
    """

    schema: int = 1
    id: str = ""
    kind: RequestKind = "renewal"
    certificate: str = ""
    actor: Actor = SCHEDULED.actor
    reason: str = ""
    correlation: str = ""
    at: datetime | None = None
    force: bool = False
    ignore_backoff: bool = False
    version: Version | None = None
    baseline: Version | None = None
    accepted: datetime | None = None
    status: RequestStatus = "open"
    message: str = ""
    ended: datetime | None = None

    @property
    def trigger(self) -> Trigger:
        return Trigger(self.actor, self.reason, self.correlation)

    @property
    def open(self) -> bool:
        """Say whether it is still to be worked on. A blob that was created and never written is no request."""
        return self.at is not None and self.ended is None

    def covers(self, other: "Request") -> bool:
        """Say whether this request asks for everything that `other` asks for."""
        same = (self.kind, self.certificate, self.version) == (other.kind, other.certificate, other.version)
        return same and self.force >= other.force and self.ignore_backoff >= other.ignore_backoff


def id_at(moment: datetime, certificate: str, distinct: str) -> str:
    """Return the id of a request made at a moment (UTC): `distinct` is four hex digits. Ids sort by time."""
    return f"{moment:{STAMP}}-{tag_of(certificate)}{distinct}"


def tag_of(certificate: str) -> str:
    """Return four hex digits of a request's id by which most for other certificates are excluded without a read."""
    return sha256(certificate.encode()).hexdigest()[:4]


def may_be_for(id_: str, certificate: str) -> bool:
    """Say whether a request of that id may be for the certificate; so seems one in 65,536 of the others."""
    return id_.partition("-")[2].startswith(tag_of(certificate))


def is_id(text: str) -> bool:
    return re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", text, re.ASCII) is not None


def asked_at(id_: str) -> datetime:
    """Return when a request was made, from its id; long ago where it is not one of ours."""
    try:
        return datetime.strptime(id_.partition("-")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def expire_request(request: Request, now: datetime) -> Request:
    """Return the request; one that is still open after MESSAGE_LIFETIME as failed, since no message for it is left."""
    if not request.open or now - asked_at(request.id) <= MESSAGE_LIFETIME:
        return request
    message = (
        f"Nobody could do it for {MESSAGE_LIFETIME.days} days. The last that was known: {request.message or 'nothing'}"
    )
    return replace(request, status="failed", message=message, ended=asked_at(request.id) + MESSAGE_LIFETIME)


def state_of(request: Request, issuing: bool) -> RequestState:
    """Say how far a request has come; `issuing`: its certificate is being issued."""
    if request.status != "open":
        return request.status
    if request.accepted is None:
        return "queued"
    return "issuing" if issuing and request.kind == "renewal" else "delivering"


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
        journal = replace(
            journal, forced_renewal=ForcedRenewal(request.baseline, f"asked for by {request.actor}: {request.reason}")
        )
    return replace(journal, backoff=None) if request.ignore_backoff else journal


def roll_back_journal(journal: Journal, request: Request, now: datetime) -> Journal:
    """Return the journal with the newest version in quarantine everywhere, also where it was proven."""
    newest = request.baseline
    assert newest is not None, "refused where there is none"
    reason = f"rolled back by {request.actor}: {request.reason}"
    entry = Quarantine(newest, None, "", reason, now, request=request.id, to=request.version)
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
        return f"that is done already ({already.reason}); to go further back, name a version"
    return None
