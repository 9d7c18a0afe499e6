"""A worker is frozen past its lease and another takes over: woken up, it stops before its next effect."""

import time

import pytest

from tests.e2e.conftest import DEV, HOST, Fleet, assert_nothing_is_left, assert_served, txt_values
from tests.e2e.killing.killed_host import break_leases
from tests.e2e.working.side_effects import ONE_RENEWAL, SideEffects
from tests.e2e.working.worker_processes import Worker, Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

MOMENTS = [
    "after vault.create",
    "after authority.chain",
    "after vault.bundle",
    "after clusters.release",
    "after clusters.restart",
]
PATIENCE = 60.0
PAUSE = 0.05


def test_the_next_worker_waits_the_lease_out(fleet: Fleet, workers: Workers, due: str) -> None:
    before, version = SideEffects.of(fleet), fleet.stored().version
    frozen = workers.start(DEV, "before dns.propagation", "after dns.propagation")
    frozen.arrive("before dns.propagation")
    wait_until_visible(fleet, due)
    frozen.go_on()
    frozen.arrive("after dns.propagation")  # it would answer the challenges next
    frozen.freeze()

    fleet.renew()
    assert fleet.said(DEV, "another worker is on it")
    tick_until_renewed(fleet, version)

    assert_stops_at_once(frozen, fleet, before)


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_that_was_replaced_has_no_further_effect(fleet: Fleet, workers: Workers, moment: str) -> None:
    if moment == "after clusters.restart":
        fleet.change_relay(reload="restart")
    if moment == "after clusters.release":
        fleet.clusters[0].edit_secret({f"{HOST}.current": b"not a version"})
    before = SideEffects.of(fleet)
    frozen = workers.start(DEV, moment)
    frozen.arrive(moment)
    frozen.freeze()
    break_leases(fleet)
    fleet.renew()

    assert_stops_at_once(frozen, fleet, before)


def assert_stops_at_once(frozen: Worker, fleet: Fleet, before: SideEffects) -> None:
    """Everything was done by the other worker; the frozen one wakes up, finds its lease lost and tries nothing."""
    done = SideEffects.of(fleet)
    assert done.issued_since(before) == ONE_RENEWAL
    frozen.thaw()
    assert frozen.end() == "LeaseLost"
    assert SideEffects.of(fleet) == done
    assert_served(fleet)
    assert_nothing_is_left(fleet)


def wait_until_visible(fleet: Fleet, name: str) -> None:
    """Wait until both name servers show a value for the name."""
    deadline = time.monotonic() + PATIENCE
    while not all(txt_values(server, f"_acme-challenge.{name}") for server in fleet.stack.addresses.name_servers):
        assert time.monotonic() < deadline, f"no TXT value on both servers after {PATIENCE:g} s"
        time.sleep(PAUSE)


def tick_until_renewed(fleet: Fleet, version: str) -> None:
    """Tick until somebody takes the frozen worker's lease over, which ends by itself after 15 s."""
    deadline = time.monotonic() + PATIENCE
    while fleet.stored().version == version:
        assert time.monotonic() < deadline, f"nobody took over within {PATIENCE:g} s: {fleet.lines}"
        fleet.renew()
