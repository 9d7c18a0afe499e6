"""Several workers on one certificate: one order."""

import pytest

from tests.e2e.conftest import DEV, Estate, assert_nothing_is_left, assert_served
from tests.e2e.working.side_effects import ONE_RENEWAL, Ledger
from tests.e2e.working.worker_processes import Crew

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.usefixtures("due")]


@pytest.mark.parametrize("workers", [2, 8])
def test_workers_that_see_it_due_at_the_same_moment_order_once(estate: Estate, crew: Crew, workers: int) -> None:
    before = Ledger.of(estate)
    team = [crew.start(DEV, "before state.certificates.lease") for _ in range(workers)]
    for worker in team:
        worker.arrive("before state.certificates.lease")

    for worker in team:
        worker.go_on()

    assert [worker.end() for worker in team] == ["done"] * workers
    estate.renew()
    assert Ledger.of(estate).issued_since(before) == ONE_RENEWAL
    assert_served(estate)
    assert_nothing_is_left(estate)


def test_a_worker_that_comes_late_to_the_lease_looks_again_and_does_nothing(estate: Estate, crew: Crew) -> None:
    late = crew.start(DEV, "before state.certificates.lease")
    late.arrive("before state.certificates.lease")
    assert late.said(f"{DEV}: due")
    estate.renew()
    done = Ledger.of(estate)

    late.go_on()

    assert late.end() == "done"
    assert Ledger.of(estate) == done
