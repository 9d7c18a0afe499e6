"""Every system loses an answer, and refuses an expired token, at one request of a renewal: the journal says so, nothing
is done twice, and the next attempt ends well. Other refusals, and silence, are in `tests/wire/test_refusals.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from infra.local.demo.counts import acme_requests
from infra.local.proxy import Rule
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.workflows.renew import renew
from tests.e2e.conftest import DEV, HOST, Fleet, assert_nothing_is_left, assert_served, everything_served
from tests.e2e.faults.proxies import world_of
from tests.e2e.faults.systems import AUTHORITY, CLUSTERS, DNS, IDENTITY, JOURNAL, QUEUE, STORAGE, VAULT, System
from tests.e2e.faults.world import World
from tests.fakes.clock import ShiftedClock

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

NUMBERS = count(1)
SYSTEMS = [VAULT, DNS, AUTHORITY, CLUSTERS, STORAGE, QUEUE, IDENTITY]

ANSWERS = {
    "500": r"\b500\b",
    "expired": r"\b401\b|\b403\b.*token is expired",
    "cut": r"IncompleteRead|Connection broken|the connection broke",
}
"""How the message names each fault."""

ADVICE = r"\. (Check|Bind|Look) "
"""How a sentence begins that says what to do; only what passes by itself needs none."""


@pytest.fixture(scope="module")
def world(settled: Fleet) -> Iterator[World]:
    """Each test begins where the one before ended, with everything served. In the end an order makes a new account: the
    one of this world has the proxy's address."""
    with everything_served(settled) as fleet:
        with world_of(fleet) as world:
            yield world
        fleet.reset_inventory()
        fleet.add_a_name()
        fleet.tick()


@pytest.fixture
def renewal(world: World) -> Iterator[World]:
    """A renewal that is due; when the faults are over it ends well, with one order and nothing left behind."""
    world.set_names(HOST, f"f{next(NUMBERS)}.dev.mailrelay.platform.hmcts.net")
    before = orders(world)
    yield world
    world.clear_faults()
    world.skip_waiting()
    world.settle()
    assert [now - then for now, then in zip(orders(world), before, strict=True)] == [1, 1]
    assert_served(world.fleet)
    assert_nothing_is_left(world.fleet)


def orders(world: World) -> list[int]:
    """Return how many orders were made, and how many finalized."""
    return [len(acme_requests(world.fleet.stack.logs, path)) for path in ("/order-plz", "/finalize-order/")]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_an_expired_token_and_a_lost_answer_are_explained_and_nothing_is_done_twice(
    renewal: World, system: System
) -> None:
    if system.resource is not None:
        renewal.expire(system.resource(renewal))
        assert_explained(renewal, system, "expired", renewal.run())
        renewal.clear_faults()
        renewal.skip_waiting()

    asked = system.break_(renewal)
    said = renewal.run()

    assert_explained(renewal, system, system.fails, said)
    assert 1 <= asked() <= system.most


def test_a_write_of_the_journal_whose_answer_is_lost_is_known_for_our_own(renewal: World) -> None:
    renewal.blobs.rules.append(Rule("PUT", JOURNAL, cut=True, times=1))
    said = renewal.run()
    assert len(renewal.blobs.met) == 1
    assert (said, renewal.errors()) == ([], [])


def test_a_clock_that_is_ten_minutes_behind_renews_well(renewal: World) -> None:
    ports = renewal.fleet.ports
    before = renewal.fleet.stored().version

    renew(
        Message(certificate_ref(DEV), "faults"), replace(ports, clock=ShiftedClock(ports.clock, timedelta(minutes=-10)))
    )

    assert renewal.errors() == []
    assert renewal.fleet.stored().version != before


def assert_explained(world: World, system: System, kind: str, said: list[str]) -> None:
    """One sentence of the journal, or of the log where the journal itself is out of reach, says all there is to say."""
    sentences = said if system is STORAGE else world.errors()
    explained = [s for s in sentences if re.search(ANSWERS[kind], s) and all(name in s for name in system.names)]
    assert explained, (kind, sentences, said)
    if kind == "expired" or system is IDENTITY:
        assert re.search(ADVICE, explained[0]), explained[0]
