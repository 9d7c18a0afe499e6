"""A person's order to change nothing of an object for a while: meant for an incident, not for planned work."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from shared.domain.audit import SCHEDULED, Actor
from shared.domain.object_ref import ALL, ObjectRef
from shared.inventory import Place


class Limited(Protocol):
    """What holds until a moment: a pause, a freeze."""

    @property
    def until(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Until a moment nothing is changed in `scope`."""

    id: str = ""
    scope: ObjectRef = ALL
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


def object_scopes(target: ObjectRef) -> tuple[ObjectRef, ...]:
    """Return every scope whose pause keeps everything about an object as it is."""
    return ALL, target


def place_scopes(target: ObjectRef, place: Place) -> tuple[ObjectRef, ...]:
    """Return every scope whose pause keeps a place as it is for the object that is delivered there."""
    return *object_scopes(target), ObjectRef("relay", place.relay.name), ObjectRef("cluster", place.cluster)


def within(pauses: Iterable[Pause], scopes: Iterable[ObjectRef]) -> tuple[Pause, ...]:
    """Return the pauses of any of these scopes."""
    wanted = frozenset(scopes)
    return tuple(pause for pause in pauses if pause.scope in wanted)


def longest[T: Limited](each: Iterable[T]) -> T | None:
    """Return the one that ends last."""
    return max(each, key=lambda one: one.until, default=None)


def pause_of(target: ObjectRef, pauses: Iterable[Pause]) -> Pause | None:
    """Return the longest pause that keeps everything about an object as it is."""
    return longest(within(pauses, object_scopes(target)))
