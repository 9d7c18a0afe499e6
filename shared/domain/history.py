"""What was done, when, for whom and why: one record for each effect, never changed afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.actor import Actor

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
    "unreadable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One effect, or one verdict; or a line of the history that cannot be read, as its `outcome` says.

    `at` is UTC; `place` is `relay@cluster`; `serial` is the leaf's serial number in lower-case hex; `release` is ours,
    `inventory` the first twelve hex digits of the SHA-256 of its file.
    """

    at: datetime
    event: Event
    actor: Actor
    reason: str
    correlation: str
    outcome: str
    certificate: str = ""
    place: str = ""
    version: str = ""
    thumbprint: str = ""
    serial: str = ""
    release: str = ""
    inventory: str = ""
