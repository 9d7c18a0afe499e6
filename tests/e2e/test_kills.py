"""The kill matrix: SIGKILL to the host just after every side effect, before it is recorded, and a clean end each time.

The matrix is made from the ports: a new side effect enters it by itself. `tests/workflows/test_kills.py` kills at each
before it, too, which here is the kill after the effect before.
"""

from collections.abc import Callable, Iterator

import pytest

from infra.local.demo.counts import acme_requests
from tests.e2e.conftest import HOST, Fleet, assert_nothing_is_left, assert_served, everything_served
from tests.e2e.killing.effects import Effect, effects_of_renewals
from tests.e2e.killing.killed_host import break_leases, delete_account_key, kill_host_at, mortal_host, wait_until_due

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def fleet(settled: Fleet) -> Iterator[Fleet]:
    """One fleet for the whole matrix: each case begins where the one before ended, with everything served."""
    with everything_served(settled) as fleet, mortal_host(fleet.stack):
        yield fleet


def renew_and_restart(fleet: Fleet) -> None:
    fleet.change_relay(reload="restart")
    fleet.add_a_name()


def edit_by_hand(fleet: Fleet) -> None:
    fleet.add_a_name()
    fleet.clusters[0].edit_secret({f"{HOST}.current": b"not a version"})


def lose_the_account_key(fleet: Fleet) -> None:
    fleet.add_a_name()
    delete_account_key(fleet)


def change_the_names_under_way(fleet: Fleet) -> None:
    """Keep an issuance waiting for the secondary, then change the names again."""
    fleet.add_a_name()
    fleet.stack.supervisor.stop("bind-secondary")
    fleet.tick_until(lambda: fleet.journal().attempt.next_attempt is not None)
    fleet.stack.supervisor.restart("bind-secondary")
    wait_until_due(fleet)
    fleet.add_a_name()


SITUATIONS: dict[str, Callable[[Fleet], object]] = {
    "clusters.release": edit_by_hand,
    "clusters.restart": renew_and_restart,
    "vault.discard": change_the_names_under_way,
    "vault.put_secret": lose_the_account_key,
    "authority.register": lose_the_account_key,
}
"""What leads to an effect that a plain renewal does not have."""


@pytest.mark.parametrize("effect", effects_of_renewals(), ids=str)
def test_a_kill_after_an_effect_costs_nothing_but_time(fleet: Fleet, effect: Effect) -> None:
    fleet.change_relay(reload="auto")
    SITUATIONS.get(str(effect), Fleet.add_a_name)(fleet)
    finalized = len(acme_requests(fleet.stack.logs, "/finalize-order/"))

    kill_host_at(effect, "after", fleet)
    break_leases(fleet)
    fleet.renew()

    assert len(acme_requests(fleet.stack.logs, "/finalize-order/")) == finalized + 1
    assert_served(fleet)
    assert_nothing_is_left(fleet)
