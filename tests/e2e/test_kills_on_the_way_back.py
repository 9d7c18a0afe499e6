"""The kill matrix, continued: SIGKILL to the host just before and just after the Secret is put back."""

import pytest

from tests.e2e.breaking.baseline import Before
from tests.e2e.breaking.estate import breaking_host, versions_broken
from tests.e2e.conftest import DEV, Estate
from tests.e2e.killing.effects import Effect
from tests.e2e.killing.killed_host import break_leases, kill_host_at, mortal_host

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def before(estate: Estate) -> Before:
    """The first cluster was just given a broken version: the next thing to be written is the way back."""
    cluster = estate.clusters[0]
    estate.wish_of_relay(reload="none", projection=4, serves=[{"certificate": DEV, "secret": "relay-tls"}])
    before, written = Before(estate), cluster.secret().metadata.resource_version
    with breaking_host(estate.stack), versions_broken(estate, "another key"):
        estate.wish(DEV, key="ec-384")
        estate.tick_until(lambda: cluster.secret().metadata.resource_version != written)
        estate.stack.supervisor.kill("host")
    break_leases(estate)
    return before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_on_the_way_back_costs_nothing_but_time(estate: Estate, before: Before, moment: str) -> None:
    with mortal_host(estate.stack):
        kill_host_at(Effect("clusters", "apply"), moment, estate)
    assert estate.journal().quarantine
    break_leases(estate)
    estate.renew()

    before.assert_back()
