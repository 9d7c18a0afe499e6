"""Several workers on one certificate: one order."""

import pytest

from tests.e2e.conftest import DEV, Fleet, assert_nothing_is_left, assert_served
from tests.e2e.working.side_effects import ONE_RENEWAL, SideEffects
from tests.e2e.working.worker_processes import Workers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.usefixtures("due")]


@pytest.mark.parametrize("number", [2, 8])
def test_workers_that_see_it_due_at_the_same_moment_order_once(fleet: Fleet, workers: Workers, number: int) -> None:
    before = SideEffects.of(fleet)
    team = [workers.start(DEV, "before state.certificates.lease") for _ in range(number)]
    for worker in team:
        worker.arrive("before state.certificates.lease")

    for worker in team:
        worker.go_on()

    assert [worker.end() for worker in team] == ["done"] * number
    fleet.renew()
    assert SideEffects.of(fleet).issued_since(before) == ONE_RENEWAL
    assert_served(fleet)
    assert_nothing_is_left(fleet)


def test_a_worker_that_comes_late_to_the_lease_looks_again_and_does_nothing(fleet: Fleet, workers: Workers) -> None:
    late = workers.start(DEV, "before state.certificates.lease")
    late.arrive("before state.certificates.lease")
    assert late.said(f"{DEV}: due")
    fleet.renew()
    done = SideEffects.of(fleet)

    late.go_on()

    assert late.end() == "done"
    assert SideEffects.of(fleet) == done
