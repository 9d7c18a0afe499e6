"""The kill matrix: a worker is killed just before and just after every side effect, and a clean end each time.

The matrix is made from the ports: a new side effect enters it by itself. `tests/e2e/test_kills.py` kills a whole host
on the stack after each.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from tests.e2e.killing.effects import Effect, effects_of_renewals
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, NAME
from tests.workflows.kills import Moment, live_on
from tests.workflows.world import World, new_world

RENEWED = [HOST, "smtp.mail.example.net"]


def renewal() -> World:
    """Everything is served, and another name wanted."""
    world = new_world()
    world.tick()
    world.change_inventory(dns_names=RENEWED)
    return world


def renewal_by_restart() -> World:
    world = renewal()
    world.change_inventory({"reload": "restart"}, dns_names=RENEWED)
    return world


def renewal_after_an_edit_by_hand() -> World:
    world = renewal()
    world.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})
    return world


def names_that_change_under_way() -> World:
    """An issuance waits for a name server when the names change again."""
    world = new_world()
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.dns.catch_up("192.0.2.2:53")
    world.change_inventory(dns_names=RENEWED)
    return world


SITUATIONS: dict[str, Callable[[], World]] = {
    "clusters.release": renewal_after_an_edit_by_hand,
    "clusters.restart": renewal_by_restart,
    "vault.discard": names_that_change_under_way,
    "vault.put_secret": new_world,
    "authority.register": new_world,
}
"""What leads to an effect that a plain renewal does not have."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", effects_of_renewals(), ids=str)
def test_a_kill_at_any_effect_costs_nothing_but_time(effect: Effect, moment: Moment) -> None:
    world = SITUATIONS.get(str(effect), renewal)()
    orders, finalized, versions = world.authority.new_orders, world.authority.finalizations, len(world.versions)
    faults = faults_of(world, effect)
    getattr(faults, moment)(effect.method, KilledError())

    live_on(world)

    assert faults.planned == [], f"{effect} never came"
    assert (world.authority.new_orders, world.authority.finalizations) == (orders + 1, finalized + 1)
    assert len(world.versions) == versions + 1
    assert len(world.authority.accounts) == 1
    assert world.verified("dev@ss-dev-00") == world.verified("dev@ss-dev-01") == world.versions[-1].version
    assert_nothing_is_left(world)


def faults_of(world: World, effect: Effect) -> Any:
    """Return the faults of what has the effect: a lease has those of its journals."""
    where = "state.certificates" if effect.port == "lease" else effect.port
    return attrgetter(where)(world).faults


def assert_nothing_is_left(world: World) -> None:
    assert [value for values in world.dns.record_sets.values() for value in values] == []
    assert (world.certificate.vault, NAME) not in world.vault.operations
    assert (world.journal.issuance, world.journal.backoff, world.journal.attempt.error) == (None,) * 3
