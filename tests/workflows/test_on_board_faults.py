"""One call of any port fails while clients are on-boarded: it is reported, nothing is done twice, and it ends well.

The methods are those that on-boarding calls, so a new one is covered by itself.
"""

from contextlib import suppress
from datetime import timedelta
from functools import cache

import pytest

from shared.errors import Unforeseen
from tests.workflows.bugs import CANARY, Call, bugs, called
from tests.workflows.client_world import CLIENTS, ClientWorld, client_world
from tests.workflows.world import FIRST, SECOND, World

TWO = {name: CLIENTS[name] for name in ("pcol", "probe")}


def served() -> ClientWorld:
    """A world whose certificates are served, and which has new clients."""
    world = client_world({}, {"probe_client": None})
    world.tick()
    world.change_clients(TWO)
    return world


def tick_on(world: World) -> None:
    """Tick; what failed is raised once all was tried."""
    with suppress(Unforeseen):
        world.tick()


@cache
def methods_called() -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((call.port, call.method) for call in called(served(), tick_on)))


@pytest.mark.parametrize("which", ["first", "second"])
@pytest.mark.parametrize(("port", "method"), methods_called(), ids=str)
def test_a_call_that_fails_costs_nothing_but_time(port: str, method: str, which: str) -> None:
    world, made = served(), list[Call]()

    def meet(call: Call) -> bool:
        if (call.port, call.method) == (port, method):
            made.append(call)
        return len(made) == (1 if which == "first" else 2) and made[-1] is call

    with bugs(world, meet):
        tick_on(world)
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        tick_on(world)

    [password] = world.passwords()
    for place in (FIRST, SECOND):
        accepted = world.client_state(place).accepted
        assert accepted is not None
        assert accepted.version == password.version
        assert world.client_state(place).error is None
    logins = [login.probe.pod for login in world.prober.logged_in if login.user == "pcol"]
    assert len(logins) == len(set(logins))
    assert world.logins.stopped is None
    assert CANARY not in str(world.state.clients.content)
