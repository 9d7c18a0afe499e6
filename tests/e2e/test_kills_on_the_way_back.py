"""The kill matrix, continued: SIGKILL to the host just before and just after the Secret is put back."""

import pytest

from tests.e2e.breaking.baseline import Before
from tests.e2e.breaking.broken_relays import breaking_host, versions_broken
from tests.e2e.conftest import DEV, Fleet
from tests.e2e.killing.effects import Effect
from tests.e2e.killing.killed_host import break_leases, kill_host_at, mortal_host

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def before(fleet: Fleet) -> Before:
    """The first cluster was just given a broken version: the next thing to be written is the way back."""
    cluster = fleet.clusters[0]
    fleet.change_relay(reload="none", projection=4, serves=[{"certificate": DEV, "secret": "relay-tls"}])
    before, written = Before(fleet), cluster.secret().metadata.resource_version
    with breaking_host(fleet.stack), versions_broken(fleet, "another key"):
        fleet.change_certificate(DEV, key="ec-384")
        fleet.tick_until(lambda: cluster.secret().metadata.resource_version != written)
        fleet.stack.supervisor.kill("host")
    break_leases(fleet)
    return before


def test_kills_before_and_after_the_write_that_goes_back_cost_nothing_but_time(fleet: Fleet, before: Before) -> None:
    with mortal_host(fleet.stack):
        for moment in ("before", "after"):
            kill_host_at(Effect("clusters", "apply"), moment, fleet)
            assert fleet.journal().quarantine
            break_leases(fleet)
    fleet.renew()

    before.assert_back()
