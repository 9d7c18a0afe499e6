"""What a person asked for, and how far it has come."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.audit import SCHEDULED, Trigger
from shared.domain.object_ref import ALL, ObjectRef, Version

RequestKind = Literal["renewal", "rollback", "release", "delivery"]
"""Of a certificate: look now, and renew with `force`; go back to the version before; lift the quarantine of the newest
version. Of a client: look now, and bring it to accepted."""

RequestStatus = Literal["open", "held", "done", "failed"]

RequestState = Literal["queued", "issuing", "delivering", "held", "done", "failed"]

QUEUED_MESSAGE = "It waits in the queue for a worker."
"""The message of a request that no worker has accepted."""

STAMP = "%Y%m%dT%H%M%SZ"

MAX_OPEN_PER_OBJECT = 8
"""Open requests for one object: more than there are different ones to ask for at a time."""

MAX_OPEN = 200
"""Open requests in all: each tick reads every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in a blob of its own: written once by the API, then only by workers.

    `trigger`: who asked, and why. `force`: issue although nothing is due. `ignore_backoff`: ask the authority although
    earlier failures forbid it. `version`: where a rollback is to go. `baseline`: the version that was the newest when
    it was asked for, or taken up, so that it is done once. `accepted`: when that was written into the target's journal.
    `message`: what it waits for, what holds it, how it ended.
    """

    schema: int = 1
    id: str = ""
    kind: RequestKind = "renewal"
    target: ObjectRef = ALL
    trigger: Trigger = SCHEDULED
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
    def open(self) -> bool:
        """Say whether it is still to be worked on. A blob that was created and never written is no request."""
        return self.at is not None and self.ended is None

    def covers(self, other: "Request") -> bool:
        """Say whether this request asks for everything that `other` asks for."""
        same = (self.kind, self.target, self.version) == (other.kind, other.target, other.version)
        return same and self.force >= other.force and self.ignore_backoff >= other.ignore_backoff


def take_up_message(request: Request) -> str:
    """Say that a worker is to take a request up, who asked for it, and why."""
    what = f"{request.kind} by force" if request.force else request.kind
    return f"take up request {request.id}: {what}, asked for by {request.trigger.actor}: {request.trigger.reason}"


def id_at(moment: datetime, target: ObjectRef, distinct: str) -> str:
    """Return the id of a request made at a moment (UTC): `distinct` is four hex digits. Ids sort by time."""
    return f"{moment:{STAMP}}-{tag_of(target)}{distinct}"


def tag_of(target: ObjectRef) -> str:
    """Return four hex digits of a request's id by which most for other objects are excluded without a read."""
    return sha256(str(target).encode()).hexdigest()[:4]


def may_be_for(id_: str, target: ObjectRef) -> bool:
    """Say whether a request of that id may be for the object; one in 65,536 ids of other objects passes too."""
    return id_.partition("-")[2].startswith(tag_of(target))


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
    """Say how far a request has come; `issuing`: what it asked for is being issued."""
    if request.status != "open":
        return request.status
    if request.accepted is None:
        return "queued"
    return "issuing" if issuing and request.kind == "renewal" else "delivering"
