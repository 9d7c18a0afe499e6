"""A version that real relays do not serve goes into quarantine, and the one before comes back."""

from collections.abc import Iterator

import pytest

from infra.local.node.behaviour import RESTART
from tests.e2e.breaking.baseline import FIRST, Before
from tests.e2e.breaking.broken_files import CRASH
from tests.e2e.breaking.broken_relays import breaking_host, image, versions_broken
from tests.e2e.conftest import DEV, Fleet, assert_served

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PODS = ("mailrelay-0", "mailrelay-1")


@pytest.fixture(scope="module", autouse=True)
def host_that_breaks(settled: Fleet) -> Iterator[None]:
    with breaking_host(settled.stack):
        yield


@pytest.fixture
def quick(fleet: Fleet) -> Fleet:
    """One certificate is served; pods get a second to show what they were given."""
    fleet.change_relay(projection=1, serves=[{"certificate": DEV, "secret": "relay-tls"}])
    return fleet


def renew(fleet: Fleet, key: str = "ec-384") -> None:
    """Ask for another key, and tick."""
    fleet.change_certificate(DEV, key=key)
    fleet.renew()


def test_a_chain_in_wrong_order_is_rolled_back(quick: Fleet) -> None:
    """No restart helps either."""
    before = Before(quick)
    with versions_broken(quick, "wrong order"):
        renew(quick)

    before.assert_back()
    assert quick.said(DEV, FIRST, "after a restart", "Going back to version")


def test_a_relay_that_refuses_tls_with_the_new_version_gets_the_old_one_back(quick: Fleet) -> None:
    """Its ciphers suit no RSA key."""
    cluster, ecdsa_alone = quick.clusters[0], "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA"
    before = Before(quick)
    quick.change_relay(reload="none")
    ciphers = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
    with image(quick, cluster, lambda text: text.replace(ciphers, ecdsa_alone), *PODS):
        cluster.wait_until_ready()
        renew(quick, "rsa-2048")

        before.assert_back()


def test_a_version_with_the_wrong_key_is_rolled_back_and_the_next_is_served_everywhere(quick: Fleet) -> None:
    before = Before(quick)
    quick.change_relay(reload="none")
    with versions_broken(quick, "another key"):
        renew(quick)
    before.assert_back()

    renew(quick, "ec-256")

    assert quick.journal().quarantine == ()
    assert_served(quick)


def test_a_pod_that_crashes_with_the_version_is_named_until_it_recovers_with_the_old_one(quick: Fleet) -> None:
    cluster, before = quick.clusters[0], Before(quick)
    quick.change_relay(reload="restart")
    includes = f".include_if_exists RELAY_ROOT/etc/relay/tls/..data/{CRASH}\n"
    with image(quick, cluster, lambda text: text.replace("\nbegin acl\n", f"\n{includes}\nbegin acl\n", 1), *PODS):
        cluster.wait_until_ready()
        with cluster.slowed(RESTART, 120), versions_broken(quick, "crash", rollout=13.0):
            renew(quick)

            (entry,) = quick.journal().quarantine
            assert "CrashLoopBackOff" in entry.message
            named = "kubectl --context ss-dev-00 -n mailrelay delete pod mailrelay-1"
            assert named in (quick.journal().at(FIRST).error or "")

            cluster.delete_pod("mailrelay-1")
            cluster.wait_until_ready()
            quick.renew()
        before.assert_back()
        assert quick.journal().at(FIRST).error is None
