"""A person's word that something is to be left alone for a while: the switch for an incident, not for planned work."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from shared.domain.audit import SCHEDULED, Actor

ScopeKind = Literal["all", "issuer", "cluster", "relay", "certificate"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is paused: `all`, which has no name, or one object of the inventory."""

    kind: ScopeKind = "all"
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @property
    def certificate(self) -> str:
        """The certificate whose history it belongs to; empty where it concerns several."""
        return self.name if self.kind == "certificate" else ""


ESTATE = Scope()


class Limited(Protocol):
    """What holds until a moment: a pause, a freeze."""

    @property
    def until(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Until a moment nothing is changed in `scope`."""

    id: str = ""
    scope: Scope = ESTATE
    until: datetime
    why: str
    actor: Actor = SCHEDULED.actor
    at: datetime | None = None

    @property
    def reason(self) -> str:
        return f"paused by {self.actor}: {self.why}"


@dataclass(frozen=True, slots=True)
class Pauses:
    """The one blob of pauses."""

    schema: int = 1
    pauses: tuple[Pause, ...] = ()

    def in_force(self, now: datetime) -> tuple[Pause, ...]:
        return tuple(pause for pause in self.pauses if now < pause.until)

    def without(self, id_: str) -> "Pauses":
        return replace(self, pauses=tuple(pause for pause in self.pauses if pause.id != id_))


def within(pauses: Iterable[Pause], *scopes: Scope) -> tuple[Pause, ...]:
    """Return the pauses of any of these scopes."""
    return tuple(pause for pause in pauses if pause.scope in scopes)


def longest[T: Limited](each: Iterable[T]) -> T | None:
    """Return the one that ends last."""
    return max(each, key=lambda one: one.until, default=None)
