"""The kill matrix: SIGKILL to the host just before and just after every side effect, and a clean end each time.

The matrix is made from the ports: a new side effect enters it by itself.
"""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from infra.local.demo.counts import acme_requests
from tests.e2e.conftest import DEV, HOST, Estate, assert_nothing_is_left, assert_served, everything_served
from tests.e2e.killing.effects import Effect, effects_of_renewals
from tests.e2e.killing.killed_host import break_leases, delete_account_key, kill_host_at, mortal_host, wait_until_due

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NUMBERS = count(1)


@pytest.fixture(scope="module")
def estate(settled: Estate) -> Iterator[Estate]:
    """One estate for the whole matrix: each case begins where the one before ended, with everything served."""
    with everything_served(settled) as estate, mortal_host(estate.stack):
        yield estate


def renew(estate: Estate) -> None:
    """Wish for a name that no version has."""
    estate.wish(DEV, dns_names=[HOST, f"k{next(NUMBERS)}.dev.mailrelay.platform.hmcts.net"])


def renew_and_restart(estate: Estate) -> None:
    estate.wish_of_relay(reload="restart")
    renew(estate)


def edit_by_hand(estate: Estate) -> None:
    renew(estate)
    estate.clusters[0].edit_secret({f"{HOST}.current": b"not a version"})


def lose_the_account_key(estate: Estate) -> None:
    renew(estate)
    delete_account_key(estate)


def change_the_wish_under_way(estate: Estate) -> None:
    """Keep an issuance waiting for the secondary, then wish for something else."""
    renew(estate)
    estate.stack.supervisor.stop("bind-secondary")
    estate.tick_until(lambda: estate.journal().next_attempt is not None)
    estate.stack.supervisor.restart("bind-secondary")
    wait_until_due(estate)
    renew(estate)


SITUATIONS: dict[str, Callable[[Estate], None]] = {
    "clusters.release": edit_by_hand,
    "clusters.restart": renew_and_restart,
    "vault.discard": change_the_wish_under_way,
    "vault.put_secret": lose_the_account_key,
    "authority.register": lose_the_account_key,
}
"""What leads to an effect that a plain renewal does not have."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", effects_of_renewals(), ids=str)
def test_a_kill_costs_nothing_but_time(estate: Estate, effect: Effect, moment: str) -> None:
    estate.wish_of_relay(reload="auto")
    SITUATIONS.get(str(effect), renew)(estate)
    finalized = len(acme_requests(estate.stack.logs, "/finalize-order/"))

    kill_host_at(effect, moment, estate)
    break_leases(estate)
    estate.renew()

    assert len(acme_requests(estate.stack.logs, "/finalize-order/")) == finalized + 1
    assert_served(estate)
    assert_nothing_is_left(estate)
