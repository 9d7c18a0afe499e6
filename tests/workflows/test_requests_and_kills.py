"""A worker killed anywhere while it works on a request: the request is done once all the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from shared.domain.requests import Kind, Request
from shared.workflows.ask import ask, follow
from tests.fakes.estate import NAME
from tests.fakes.faults import KilledError
from tests.workflows.asking import ANNA
from tests.workflows.world import World, new_world

Moment = Literal["before", "after"]


@dataclass(slots=True)
class Countdown:
    """Kills at the `number`-th write of a journal or a request; further ones pass."""

    number: int
    moment: Moment

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        strikes = False
        if method == "write":
            self.number -= 1
            strikes = self.number == 0
        if strikes and self.moment == "before":
            raise KilledError
        yield
        if strikes:
            raise KilledError


def kill_at(world: World, number: int, moment: Moment) -> Callable[[], bool]:
    """Plan the kill; return whether it has come."""
    countdown = Countdown(number, moment)
    journals: list[Any] = [world.journals, world.requests]
    for each in journals:
        each.faults = countdown
    return lambda: countdown.number <= 0


def live_on(world: World) -> None:
    """Work on after a crash: the host brings the message back, in an hour the timer fires."""
    while True:
        try:
            world.work_off()
            world.clock.advance(world.journals.duration)
            world.tick()
        except KilledError:
            continue
        return


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 16))
@pytest.mark.parametrize("kind", ["renewal", "rollback"])
def test_it_is_done_once(kind: Kind, number: int, moment: Moment) -> None:
    world = new_world()
    world.tick()
    ports = replace(world.ports, occasion=ANNA)
    if kind == "rollback":
        ask(Request(certificate=NAME, force=True), ports)
        world.work_off()
    before, versions = world.served("ss-dev-00"), len(world.versions)
    request = ask(Request(certificate=NAME, kind=kind, force=kind == "renewal"), ports)
    struck = kill_at(world, number, moment)

    live_on(world)

    assert struck()
    assert follow(request.id, world.ports)[1] == "served"
    assert len(world.versions) == versions + (kind == "renewal")
    assert world.served("ss-dev-00") == world.served("ss-dev-01") != before
    world.tick()
    assert len(world.versions) == versions + (kind == "renewal")
    assert (world.journal.issuance, world.journal.forced) == (None, None)
