"""A worker that is killed at one of many calls, and whoever comes after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from tests.fakes.faults import KilledError
from tests.workflows.world import World

Moment = Literal["before", "after"]


@dataclass(slots=True)
class Countdown:
    """Kills at the `number`-th call of `method`; further ones pass."""

    method: str
    number: int
    moment: Moment = "before"

    @property
    def struck(self) -> bool:
        return self.number <= 0

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        strikes = False
        if method == self.method:
            self.number -= 1
            strikes = self.number == 0
        if strikes and self.moment == "before":
            raise KilledError
        yield
        if strikes:
            raise KilledError


def live_on(world: World) -> None:
    """Work on after a crash: the host brings the message back, in an hour the timer fires."""
    while True:
        try:
            world.work_off()
            world.clock.advance(world.state.certificates.duration)
            world.tick()
        except KilledError:
            continue
        return
