"""A paused client is left as it is, and goes on when its pause ends."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared.domain.object_ref import ALL, ObjectRef
from shared.errors import NotFound
from shared.workflows.enqueue import APART
from shared.workflows.pauses import pause, resume
from tests.workflows.asked_requests import ANNA
from tests.workflows.client_world import CLIENTS, ClientWorld, client_world
from tests.workflows.world import A

PCOL, JOBS, PROBE = (ObjectRef("client", name) for name in ("pcol", "jobs", "probe"))

HOLDS_EVERY_CLIENT = (ALL, ObjectRef("relay", "dev"), ObjectRef("cluster", A))


def woken(world: ClientWorld) -> list[tuple[ObjectRef, timedelta]]:
    """Return which clients are asked for, and in how long."""
    sent = ((each.message.target, each.due - world.clock.now()) for each in world.queue.sent)
    return [(target, wait) for target, wait in sent if target.kind == "client"]


def paused(world: ClientWorld, scope: ObjectRef) -> str:
    return pause(scope, world.clock.now() + timedelta(hours=4), ANNA, world.ports).id


def test_nothing_of_a_paused_client_is_changed_while_others_go_on() -> None:
    world = client_world()
    paused(world, PCOL)
    world.tick()

    assert world.passwords("pcol") == []
    assert "pcol" not in world.client_files(A)
    assert "jobs" in world.client_files(A)


def test_the_end_of_its_pause_wakes_a_client_and_no_other() -> None:
    world = client_world()
    going = paused(world, PCOL)
    world.tick()
    resume(going, ANNA, world.ports)

    assert woken(world) == [(PCOL, timedelta(0))]
    world.work_off()
    assert world.client_state(f"dev@{A}").accepted is not None


@pytest.mark.parametrize("scope", HOLDS_EVERY_CLIENT, ids=str)
def test_the_end_of_a_wider_pause_wakes_each_client_that_it_held_the_probe_client_last(scope: ObjectRef) -> None:
    world = client_world({"probe": CLIENTS["probe"], **CLIENTS})
    resume(paused(world, scope), ANNA, world.ports)

    targets = [target for target, _ in woken(world)]
    waits = [wait for _, wait in woken(world)]
    assert targets == [PCOL, JOBS, PROBE]
    assert [later - earlier for earlier, later in pairwise(waits)] == [APART, APART]


def test_the_end_of_a_pause_of_an_issuer_wakes_no_client() -> None:
    world = client_world()
    resume(paused(world, ObjectRef("issuer", "letsencrypt")), ANNA, world.ports)

    assert woken(world) == []


def test_a_client_that_is_only_observed_is_not_woken() -> None:
    world = client_world({**CLIENTS, "jobs": {}})
    resume(paused(world, ALL), ANNA, world.ports)

    assert JOBS not in [target for target, _ in woken(world)]


def test_a_client_that_the_inventory_does_not_have_cannot_be_paused() -> None:
    with pytest.raises(NotFound, match="Did you mean pcol"):
        paused(client_world(), ObjectRef("client", "pcoll"))
