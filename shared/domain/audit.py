"""What was done, when, by whom and why: one record for each effect, never changed afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Event = Literal[
    "order",
    "merge",
    "secret",
    "rollout",
    "served",
    "not served",
    "rollback",
    "quarantine",
    "request",
    "pause",
    "password",
    "accepted",
    "not accepted",
    "unreadable",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked: the timer, a person or an application known to Entra, or a caller with a function key.

    `id` is the object id in Entra, `name` what Entra calls it; a function key carries neither.
    """

    kind: Literal["timer", "person", "application", "function key"]
    id: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.id or self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One effect, or one verdict; or a line of the history that cannot be read, as its `outcome` says.

    `at` is UTC; `target` is what it is about, as ObjectRef writes it (`certificate/prod`, `all`); `place` is
    `relay@cluster`; `serial` is the leaf's serial number in lower-case hex; `release` is ours,
    `inventory` the first twelve hex digits of the SHA-256 of its file. `order` is the URL of the order that was placed,
    or that a merged version came from: another execution may have placed it. `request` is the id of the request that
    was asked for, joined or ended.
    """

    schema: int = 1
    at: datetime
    event: Event
    actor: Actor
    reason: str
    correlation: str
    outcome: str
    target: str = ""
    place: str = ""
    version: str = ""
    thumbprint: str = ""
    serial: str = ""
    release: str = ""
    inventory: str = ""
    order: str = ""
    request: str = ""


class RecordedVersion(Protocol):
    """What the history keeps of a version of an object."""

    @property
    def version(self) -> str: ...

    @property
    def thumbprint(self) -> str: ...

    @property
    def serial(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why an execution runs: who asked, in which words, and the id by which its log lines and records are found."""

    actor: Actor
    reason: str
    correlation: str


SCHEDULED = Trigger(Actor("timer"), "scheduled", "")
"""The trigger of scheduled work, until a message says which tick it belongs to."""
