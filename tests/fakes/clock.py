"""Clocks that only tests move, or that go wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.ports import Clock
from tests.fakes.inventory import NOW

LEAST = timedelta(seconds=2)
"""What a pause takes here, however short it was meant to be: whoever looks again and again does so less often."""


class FakeClock:
    """Implements ports.Clock: a pause is over at once, and has taken its time, or LEAST."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pause(self, seconds: float) -> None:
        self.advance(max(timedelta(seconds=seconds), LEAST))

    def advance(self, time: timedelta) -> None:
        """Let time pass."""
        self._now += time


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """Implements ports.Clock: a machine whose clock is `ahead` of everybody else's, or behind."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def pause(self, seconds: float) -> None:
        self.clock.pause(seconds)
