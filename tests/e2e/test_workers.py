"""Several workers on one certificate, and one that wakes up after it was replaced: one order, no effect twice."""

import time
from collections.abc import Iterator
from itertools import count

import pytest

from tests.e2e.conftest import DEV, HOST, Estate, assert_served, txt_values
from tests.e2e.killing.victim import break_leases
from tests.e2e.test_kills import assert_nothing_is_left
from tests.e2e.working.crew import Crew
from tests.e2e.working.ledger import Ledger

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ONCE = {"orders": 1, "answers": 2, "finalized": 1, "versions": 1}
"""What one renewal for two names takes."""

PATIENCE = 60.0
PAUSE = 0.05
NUMBERS = count(1)


@pytest.fixture(scope="module")
def estate(settled: Estate) -> Iterator[Estate]:
    """One estate for all: each test begins where the one before ended, with everything served."""
    settled.tick()
    yield settled
    settled.forget_wishes()
    settled.tick()
    assert_served(settled)


@pytest.fixture
def crew(estate: Estate) -> Iterator[Crew]:
    crew = Crew(estate.stack.supervisor)
    yield crew
    crew.kill()
    break_leases(estate)


@pytest.fixture
def due(estate: Estate) -> str:
    """Wish for a name that no version has, and return it."""
    name = f"w{next(NUMBERS)}.dev.mailrelay.platform.hmcts.net"
    estate.wish(DEV, dns_names=[HOST, name])
    return name


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("workers", [2, 8])
def test_workers_that_see_it_due_at_the_same_moment_order_once(estate: Estate, crew: Crew, workers: int) -> None:
    before = Ledger.of(estate)
    team = [crew.start(DEV, "before journals.lease") for _ in range(workers)]
    for worker in team:
        worker.arrive("before journals.lease")

    for worker in team:
        worker.go_on()

    assert [worker.end() for worker in team] == ["done"] * workers
    estate.tick()
    assert Ledger.of(estate).issued_since(before) == ONCE
    assert_served(estate)
    assert_nothing_is_left(estate)


@pytest.mark.usefixtures("due")
def test_a_worker_that_comes_late_to_the_lease_looks_again_and_does_nothing(estate: Estate, crew: Crew) -> None:
    late = crew.start(DEV, "before journals.lease")
    late.arrive("before journals.lease")
    assert late.said(f"{DEV}: due")
    estate.tick()
    done = Ledger.of(estate)

    late.go_on()

    assert late.end() == "done"
    assert Ledger.of(estate) == done


def test_a_frozen_worker_is_replaced_when_its_lease_has_run_out_and_stops_when_it_wakes(
    estate: Estate, crew: Crew, due: str
) -> None:
    before, version = Ledger.of(estate), estate.stored().version
    frozen = crew.start(DEV, "before dns.propagation", "after dns.propagation")
    frozen.arrive("before dns.propagation")
    wait_until_visible(estate, HOST, due)
    frozen.go_on()
    frozen.arrive("after dns.propagation")  # it would answer the challenges next
    frozen.freeze()

    estate.tick()
    assert estate.said(DEV, "another worker is on it")
    tick_until_renewed(estate, version)
    done = Ledger.of(estate)
    frozen.thaw()

    assert frozen.end() == "LeaseLost"
    assert Ledger.of(estate) == done
    assert done.issued_since(before) == ONCE
    assert_served(estate)
    assert_nothing_is_left(estate)


def wait_until_visible(estate: Estate, *names: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(
        txt_values(server, f"_acme-challenge.{name}")
        for name in names
        for server in estate.stack.addresses.name_servers
    ):
        assert time.monotonic() < deadline, f"no TXT value on both servers after {PATIENCE:g} s"
        time.sleep(PAUSE)


def tick_until_renewed(estate: Estate, version: str) -> None:
    """Tick until somebody takes the dead worker's lease over, which ends by itself after 15 s."""
    deadline = time.monotonic() + PATIENCE
    while estate.stored().version == version:
        assert time.monotonic() < deadline, f"nobody took over within {PATIENCE:g} s: {estate.lines}"
        estate.tick()


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("moment", ["vault.create", "authority.chain", "vault.bundle", "clusters.apply"])
def test_a_worker_that_was_replaced_has_no_further_effect(estate: Estate, crew: Crew, moment: str) -> None:
    before = Ledger.of(estate)
    frozen = crew.start(DEV, f"after {moment}")
    frozen.arrive(f"after {moment}")
    frozen.freeze()
    break_leases(estate)
    estate.tick()
    done = Ledger.of(estate)

    frozen.thaw()

    assert frozen.end() == "LeaseLost"
    assert Ledger.of(estate) == done
    assert done.issued_since(before) == ONCE
    assert_served(estate)
    assert_nothing_is_left(estate)
