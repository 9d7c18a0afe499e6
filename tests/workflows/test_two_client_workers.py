"""A worker froze while it on-boarded a client and was replaced: what it does when it wakes up takes nothing away."""

from typing import Any

import pytest

from shared.errors import LeaseLost
from tests.workflows.client_world import ClientWorld, client_world
from tests.workflows.kills import live_on
from tests.workflows.world import FIRST, SECOND, A, B


def freeze(world: ClientWorld, client: str, port: str, method: str) -> list[str]:
    """Let a worker of `client` stand still before its next call of a method, until another has on-boarded everything.

    What is returned is empty until then.
    """
    fake, call, frozen = getattr(world, port), getattr(getattr(world, port), method), list[str]()

    def late(*arguments: Any, **named: Any) -> Any:
        if client not in world.state.clients.holds:
            return call(*arguments, **named)
        setattr(fake, method, call)
        frozen.append(method)
        world.state.clients.break_lease(client)
        world.state.logins.holds.clear()
        live_on(world)
        return call(*arguments, **named)

    setattr(fake, method, late)
    return frozen


@pytest.mark.parametrize("client", ["pcol", "probe"])
@pytest.mark.parametrize(("port", "method"), [("vault", "make_password"), ("clusters", "apply"), ("prober", "log_in")])
def test_what_a_replaced_worker_does_too_late_takes_nothing_away(client: str, port: str, method: str) -> None:
    world = client_world()
    frozen = freeze(world, client, port, method)

    with pytest.raises(LeaseLost):
        live_on(world)
    live_on(world)

    assert frozen == [method]
    for name in ("pcol", "jobs"):
        versions = [each.version for each in world.passwords(name)]
        for cluster, place in ((A, FIRST), (B, SECOND)):
            accepted = world.client_state(place, name).accepted
            assert accepted is not None
            assert accepted.version == versions[-1]
            assert world.versions_in_file(cluster, name) == tuple(reversed(versions))
        logins = [
            (login.probe.pod, login.password.sha256_hex()) for login in world.prober.logged_in if login.user == name
        ]
        assert len(logins) == len(set(logins))
    assert world.logins.stopped is None
