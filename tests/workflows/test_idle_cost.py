"""What a look costs where nothing is to be done, call by call (the design, section 5)."""

from collections import Counter

import pytest

from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.workflows.renew import renew
from shared.workflows.tick import enqueue_all
from tests.fakes.inventory import INTERNAL, NAME
from tests.workflows.calls import Calls
from tests.workflows.world import World, new_world

RELAY = {"ports": [25, 587]}
PLACES, REPLICAS = 2, 2


@pytest.fixture
def settled() -> World:
    """Everything served, on two ports of two replicas in two clusters."""
    world = new_world(RELAY)
    world.tick()
    world.prober.asked.clear()
    return world


IDLE = {
    "vault.latest": 1,
    "state.certificates.read": 1,
    "clusters.secret": PLACES,
    "clusters.pods": PLACES,
    "prober.probe": PLACES,
}
LISTED = {"state.certificates.names": 1, "state.requests.names": 1, "state.ended.names": 1}


def counted(calls: Calls) -> Counter[str]:
    """Return how often each method was called, but for those that ask nobody outside."""
    return Counter(str(call) for call in calls.made if call.port not in ("clock", "trust_roots"))


@pytest.mark.parametrize("certificate", [NAME, INTERNAL])
def test_an_idle_look_reads_each_thing_once_and_has_no_effect(settled: World, certificate: str) -> None:
    calls = Calls()

    renew(Message(certificate_ref(certificate), "test"), calls.recorded(settled.ports))

    assert counted(calls) == IDLE


def test_an_idle_look_makes_one_handshake_per_replica_and_port(settled: World) -> None:
    settled.handle_message()

    asked = Counter((question.address, question.port) for question in settled.prober.asked)
    assert len(asked) == PLACES * REPLICAS * len(RELAY["ports"])
    assert set(asked.values()) == {1}


def test_a_look_at_an_observed_certificate_costs_no_more(settled: World) -> None:
    calls = Calls()
    settled.change_inventory(RELAY, mode="observe")

    renew(Message(certificate_ref(NAME), "test"), calls.recorded(settled.ports))

    assert counted(calls) == IDLE


def test_the_timer_sends_one_message_per_certificate_and_lists_journals_and_requests(settled: World) -> None:
    calls = Calls()

    enqueue_all("test", calls.recorded(settled.ports))

    assert counted(calls) == {"queue.send": len(settled.inventory.certificates), **LISTED}


def test_the_tick_reads_the_journal_of_a_removed_certificate_and_sends_no_message(
    settled: World,
) -> None:
    calls = Calls()
    settled.remove_certificate()

    enqueue_all("test", calls.recorded(settled.ports))

    assert counted(calls) == {"queue.send": 1, "state.certificates.read": 1, **LISTED}
