"""A worker that is killed while it on-boards clients costs nothing but time."""

from typing import Any

import pytest

from tests.workflows.client_world import ClientWorld, client_world
from tests.workflows.kills import Countdown, Moment, live_on
from tests.workflows.world import FIRST, SECOND, A, B

EFFECTS = [
    *(("vault", "make_password", number) for number in range(1, 6)),
    *(("clusters", "apply", number) for number in range(5, 11)),
    *(("prober", "log_in", number) for number in range(1, 9)),
    *(("history", "append", number) for number in range(11, 26, 4)),
    *(("queue", "send", number) for number in range(6, 16, 4)),
    *(("state.clients", method, number) for method in ("lease", "write") for number in range(1, 18, 5)),
    *(("state.logins", method, number) for method in ("lease", "write") for number in range(1, 9)),
]
"""The effects of on-boarding, by port and method: which call of it kills. Those before belong to certificates."""


def port_of(world: ClientWorld, name: str) -> Any:
    journals = name.removeprefix("state.")
    return getattr(world.state, journals) if name.startswith("state.") else getattr(world, name)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("port", "method", "number"), EFFECTS, ids=str)
def test_a_killed_worker_costs_nothing_but_time(port: str, method: str, number: int, moment: Moment) -> None:
    world = client_world()
    countdown = Countdown(method, number, moment)
    port_of(world, port).faults = countdown

    for _ in range(3):
        live_on(world)

    assert countdown.struck
    for client in ("pcol", "jobs"):
        [made] = world.passwords(client)
        journal = world.client_journal(client)
        assert journal.made is not None
        assert (journal.made.version, journal.made.handed_out is not None) == (made.version, True)
        logins = [login.probe.pod for login in world.prober.logged_in if login.user == client]
        assert len(logins) == len(set(logins))
        for cluster, place in ((A, FIRST), (B, SECOND)):
            assert world.versions_in_file(cluster, client) == (made.version,)
            accepted = world.client_state(place, client).accepted
            assert accepted is not None
            assert accepted.version == made.version
            asked = len([pod for pod in logins if pod.startswith(cluster)])
            assert asked == 2 or accepted.reason == "AcceptedByProbe"
    assert world.logins.stopped is None
