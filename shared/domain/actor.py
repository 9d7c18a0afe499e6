"""On whose behalf something is done."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked: the timer, a person or an application known to Entra, or whoever had a function key.

    `id` is the object id in Entra, `name` what Entra calls it; a function key carries neither.
    """

    kind: Literal["timer", "person", "application", "function key"]
    id: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.id or self.kind


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why an execution runs: who asked, in which words, and the id by which its log lines and records are found."""

    actor: Actor
    reason: str
    correlation: str


SCHEDULED = Occasion(Actor("timer"), "scheduled", "")
"""What nobody asked for, until a message says which tick it belongs to."""
