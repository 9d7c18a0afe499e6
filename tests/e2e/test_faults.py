"""Every system fails in every way at one request of a renewal; the journal says so, and the next attempt ends well."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from infra.local.demo.counts import acme_requests
from infra.local.proxy import Rule
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.ports import Clock
from shared.workflows.renew import renew
from tests.e2e.conftest import DEV, HOST, Fleet, assert_nothing_is_left, assert_served, everything_served
from tests.e2e.faults.proxies import world_of
from tests.e2e.faults.systems import AUTHORITY, CLUSTERS, DNS, IDENTITY, JOURNAL, QUEUE, STORAGE, VAULT, System
from tests.e2e.faults.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

NUMBERS = count(1)
OWN_ANSWERS = [VAULT, DNS, AUTHORITY, CLUSTERS, STORAGE]
SYSTEMS = [*OWN_ANSWERS, QUEUE, IDENTITY]
LOST = [*((system, kind) for system in OWN_ANSWERS for kind in ("slow", "cut")), (QUEUE, "cut")]

ANSWERS = {
    "429": r"\b429\b",
    "500": r"\b500\b",
    "401": r"\b401\b",
    "403": r"\b403\b|the right to patch secrets",
    "expired": r"\b401\b|\b403\b.*token is expired",
    "slow": r"[Tt]imed out|no answer in time|no answer within \d",
    "cut": r"IncompleteRead|Connection broken|the connection broke",
}
"""How the message names each fault."""

ADVICE = r"\. (Check|Bind|Look) "
"""How a sentence begins that says what to do; only what passes by itself needs none."""


@pytest.fixture(scope="module")
def world(settled: Fleet) -> Iterator[World]:
    """Each test begins where the one before ended, with everything served."""
    with everything_served(settled) as fleet, world_of(fleet) as world:
        yield world


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
def test_every_refusal_is_explained_and_the_next_attempt_ends_well(renewal: World, system: System) -> None:
    for kind in ("429", "500", "401", "403"):
        asked = system.break_(renewal, kind)
        said = renewal.run()
        assert_explained(renewal, system, kind, said)
        assert 1 <= asked() <= system.most, kind
        if system.backoff is not None:
            assert_held_back(renewal, system.backoff.get(kind))
        renewal.clear_faults()
        renewal.skip_waiting()
    if system.resource is not None:
        renewal.expire(system.resource(renewal))
        said = renewal.run()
        assert_explained(renewal, system, "expired", said)


@pytest.mark.parametrize(("system", "kind"), LOST, ids=lambda value: getattr(value, "name", value))
def test_what_a_lost_answer_was_about_is_not_done_twice(renewal: World, system: System, kind: str) -> None:
    asked = system.break_(renewal, kind)
    said = renewal.run()
    assert_explained(renewal, system, kind, said)
    assert asked() <= system.most


def test_a_write_of_the_journal_whose_answer_is_lost_is_known_for_our_own(renewal: World) -> None:
    renewal.blobs.rules.append(Rule("PUT", JOURNAL, cut=True, times=1))
    said = renewal.run()
    assert len(renewal.blobs.met) == 1
    assert (said, renewal.written()) == ([], [])


@pytest.mark.parametrize("minutes", [10, -10], ids=["ahead", "behind"])
def test_a_clock_that_is_ten_minutes_wrong_renews_well(renewal: World, minutes: int) -> None:
    ports = renewal.fleet.ports
    before = renewal.fleet.stored().version

    renew(Message(certificate_ref(DEV), "faults"), replace(ports, clock=Wrong(ports.clock, timedelta(minutes=minutes))))

    assert renewal.written() == []
    assert renewal.fleet.stored().version != before


@dataclass(frozen=True, slots=True)
class Wrong:
    """Implements ports.Clock: a machine whose clock is `ahead` of everybody else's."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def pause(self, seconds: float) -> None:
        self.clock.pause(seconds)


def assert_explained(world: World, system: System, kind: str, said: list[str]) -> None:
    """One sentence of the journal, or of the log where the journal itself is out of reach, says all there is to say."""
    sentences = said if system is STORAGE else world.written()
    explained = [s for s in sentences if re.search(ANSWERS[kind], s) and all(name in s for name in system.names)]
    assert explained, (kind, sentences, said)
    if kind in ("401", "403", "expired") or system is IDENTITY:
        assert re.search(ADVICE, explained[0]), explained[0]


def assert_held_back(world: World, least: timedelta | None) -> None:
    """The next attempt keeps its distance; what a person must repair is tried at each tick."""
    backoff = world.fleet.journal().backoff
    assert backoff is not None
    wait = backoff.until - world.fleet.ports.clock.now()
    assert wait <= timedelta(0) if least is None else wait > least
