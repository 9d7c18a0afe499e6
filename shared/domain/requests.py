"""What a person asked for, and how far it has come."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from shared.domain.actor import SCHEDULED, Actor, Occasion
from shared.domain.certificates import Version
from shared.domain.journal import LONGEST_DELAY

Kind = Literal["renewal", "rollback", "release"]
"""Look now, and renew with `force`; go back to the version before; lift the quarantine of the newest version."""

Standing = Literal["open", "held", "served", "failed"]
State = Literal["queued", "issuing", "delivering", "held", "served", "failed"]

WAITS_FOR_A_WORKER = "It waits in the queue for a worker."
"""The words of a request that nobody has taken up."""

STAMP = "%Y%m%dT%H%M%SZ"

MOST_OPEN_EACH = 8
"""Open requests for one certificate: more than there are different ones to ask for at a time."""
MOST_OPEN = 200
"""Open requests in all: each tick reads every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, in a blob of its own: whoever asks writes it once, then only the worker.

    `force`: issue although nothing is due. `ignore_backoff`: ask the authority although earlier failures forbid it.
    `version`: where a rollback is to go. `replaces`: the version that was the newest when it was asked for, or taken
    up, so that it is done once. `taken`: when that was written into the certificate's journal. `words`: what it waits
    for, what holds it, how it ended.
    """

    schema: int = 1
    id: str = ""
    kind: Kind = "renewal"
    certificate: str = ""
    actor: Actor = SCHEDULED.actor
    reason: str = ""
    correlation: str = ""
    at: datetime | None = None
    force: bool = False
    ignore_backoff: bool = False
    version: Version | None = None
    replaces: Version | None = None
    taken: datetime | None = None
    standing: Standing = "open"
    words: str = ""
    ended: datetime | None = None

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.actor, self.reason, self.correlation)

    @property
    def open(self) -> bool:
        """Say whether it is still to be worked on. A blob that was created and never written is no request."""
        return self.at is not None and self.ended is None

    def covers(self, other: "Request") -> bool:
        """Say whether whoever asks for `other` gets it, or has got it under way, with this one."""
        same = (self.kind, self.certificate, self.version) == (other.kind, other.certificate, other.version)
        return same and self.force >= other.force and self.ignore_backoff >= other.ignore_backoff


def id_at(moment: datetime, certificate: str, distinct: str) -> str:
    """Return the id of a request made at a moment (UTC): `distinct` is four hex digits. Ids sort by time."""
    return f"{moment:{STAMP}}-{tag_of(certificate)}{distinct}"


def tag_of(certificate: str) -> str:
    """Return four hex digits by which ids tell most requests for other certificates apart without reading them."""
    return sha256(certificate.encode()).hexdigest()[:4]


def may_be_for(id_: str, certificate: str) -> bool:
    """Say whether a request of that id may be for the certificate; one of others in 65,536 seems to be."""
    return id_.partition("-")[2].startswith(tag_of(certificate))


def is_id(text: str) -> bool:
    return re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", text, re.ASCII) is not None


def asked_at(id_: str) -> datetime:
    """Return when a request was made, from its id; long ago where it is not one of ours."""
    try:
        return datetime.strptime(id_.partition("-")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def given_up(request: Request, now: datetime) -> Request:
    """Return the request as it is to be read: one that is still open after a week is worked on no more."""
    if not request.open or now - asked_at(request.id) <= LONGEST_DELAY:
        return request
    words = f"Nobody could do it for {LONGEST_DELAY.days} days. The last that was known: {request.words or 'nothing'}"
    return replace(request, standing="failed", words=words, ended=asked_at(request.id) + LONGEST_DELAY)


def state_of(request: Request, issuing: bool) -> State:
    """Say how far a request has come; `issuing`: its certificate is being issued."""
    if request.standing != "open":
        return request.standing
    if request.taken is None:
        return "queued"
    return "issuing" if issuing and request.kind == "renewal" else "delivering"
