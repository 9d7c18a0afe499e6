"""A clock that only tests move."""

from datetime import datetime, timedelta

from tests.fakes.estate import NOW


class FakeClock:
    """Implements ports.Clock: a pause is over at once, and has taken its time."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pause(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def advance(self, time: timedelta) -> None:
        """Let time pass."""
        self._now += time
