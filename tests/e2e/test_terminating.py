"""A host that is terminated in the middle of a renewal: by SIGTERM with time to spare, or with none.

Azure drains an instance that it scales in, or replaces in a rolling update; a usual deployment leaves no time.
https://learn.microsoft.com/azure/azure-functions/flex-consumption-site-updates
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP, SIGTERM

import pytest

from infra.local.demo.counts import acme_requests
from infra.local.run_tick import HostLog
from shared.errors import LeaseTaken
from tests.e2e.conftest import DEV, Fleet, assert_nothing_is_left, assert_served
from tests.e2e.hosts import host_by
from tests.e2e.killing.killed_host import PATIENCE, PAUSE, break_leases

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@contextmanager
def terminated(fleet: Fleet, grace: float) -> Iterator[int]:
    """A host is terminated while it waits for a name server that hangs; yields its exit status.

    Afterwards the name server goes on, and the usual host is back.
    """
    supervisor = fleet.stack.supervisor
    secondary = supervisor.processes["bind-secondary"].pid
    fleet.add_a_name()
    os.kill(secondary, SIGSTOP)
    with host_by(fleet.stack, "infra.local.host", "--grace", str(grace)):
        try:
            fleet.tick_until(lambda: bool((issuance := fleet.journal().issuance) and issuance.published))
            host = supervisor.processes["host"]
            os.kill(host.pid, SIGTERM)
            deadline = time.monotonic() + PATIENCE
            while (status := host.exit_status) is None:
                assert time.monotonic() < deadline, "the host does not end"
                time.sleep(PAUSE)
            yield status
        finally:
            os.kill(secondary, SIGCONT)


def test_with_time_to_spare_the_execution_ends_its_step_and_gives_back_the_lease(fleet: Fleet) -> None:
    finalized = len(acme_requests(fleet.stack.logs, "/finalize-order/"))
    with terminated(fleet, grace=30) as status:
        assert status == 0
        with fleet.ports.state.certificates.lease(DEV) as lease:
            assert lease.journal.attempt.next_attempt is not None
    fleet.renew()

    assert len(acme_requests(fleet.stack.logs, "/finalize-order/")) == finalized + 1
    assert_served(fleet)
    assert_nothing_is_left(fleet)


def test_with_none_a_later_tick_goes_on_where_it_was(fleet: Fleet) -> None:
    finalized = len(acme_requests(fleet.stack.logs, "/finalize-order/"))
    with terminated(fleet, grace=0) as status:
        assert status == 1
        order = fleet.journal().issuance
        with pytest.raises(LeaseTaken), fleet.ports.state.certificates.lease(DEV):
            pass
    break_leases(fleet)
    log = HostLog(fleet.stack.logs / "host.log")
    fleet.renew()

    assert order is not None
    assert len(acme_requests(fleet.stack.logs, "/finalize-order/")) == finalized + 1
    assert_served(fleet)
    assert_nothing_is_left(fleet)
    ours = [entry for entry in log.entries() if entry.get("object") == f"certificate/{DEV}"]
    assert len({entry["correlation"] for entry in ours}) == 1
    assert {entry.get("place") for entry in ours} >= {"dev@ss-dev-00", "dev@ss-dev-01"}
    assert all(entry["duration"] >= 0 for entry in ours)
