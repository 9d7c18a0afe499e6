"""The clock of a command that follows something: pauses take no time, and the world may go on in them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import override

from relaykeeper.changing.follow import Clock
from tests.fakes.inventory import NOW


class CommandClock(Clock):
    """`pauses` are those that were made; `meanwhile` is called in each."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    @override
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds())

    @override
    def seconds(self) -> float:
        return sum(self.pauses)

    @override
    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.meanwhile()
