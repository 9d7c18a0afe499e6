"""Files reach running pods late, as under a kubelet, or never: `auto` restarts only where waiting would not help."""

import re
from collections.abc import Iterator

import pytest

from infra.local.node.behaviour import PROJECTION
from tests.e2e.breaking.broken_relays import image
from tests.e2e.conftest import DEV, Fleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PODS = ("mailrelay-0", "mailrelay-1")
FILE = "tls.pem"
PATH = f"/etc/relay/{FILE}"


def test_pods_that_pick_a_file_up_late_are_waited_for(fleet: Fleet) -> None:
    """Later than one execution waits: the queue brings the certificate back."""
    cluster = fleet.clusters[0]
    before = cluster.generation()
    fleet.change_relay(projection=30)
    with cluster.slowed(PROJECTION, 7):
        fleet.add_a_name()
        fleet.tick()

    assert fleet.said(DEV, "waiting: dev@ss-dev-00: served by 0/2")
    assert fleet.said(DEV, "dev@ss-dev-00", "verified without a restart")
    assert cluster.generation() == before
    assert {seen.thumbprint for seen in fleet.openssl_results()} == {fleet.stored().leaf.thumbprint}


@pytest.fixture
def fixed(fleet: Fleet) -> Iterator[Fleet]:
    """The first cluster's relay, the only one, reads one file that is mounted by `subPath`."""
    cluster, files = fleet.clusters[0], fleet.ports.inventory.relays["dev"].files
    fleet.change_relay(
        clusters=[cluster.name],
        serves=[{"certificate": DEV, "secret": "relay-tls"}],
        files={**files, FILE: "bundle"},
    )
    fleet.tick()
    cluster.patch_template({"volumeMounts": [{"name": "tls", "mountPath": PATH, "subPath": FILE}]})
    with image(fleet, cluster, reads_one_file, *PODS):
        try:
            cluster.wait_until_ready()
            yield fleet
        finally:
            cluster.patch_template({"volumeMounts": [{"mountPath": PATH, "$patch": "delete"}]})


def reads_one_file(configuration: str) -> str:
    return re.sub(
        r"^(tls_certificate|tls_privatekey) = .*$", rf"\1 = RELAY_ROOT{PATH}", configuration, flags=re.MULTILINE
    )


def test_pods_that_never_see_a_change_are_restarted_once_and_at_once(fixed: Fleet) -> None:
    cluster = fixed.clusters[0]
    before = cluster.generation()
    fixed.change_relay(projection=600)

    fixed.add_a_name()
    fixed.tick()

    assert cluster.generation() == before + 1
    assert fixed.said(DEV, "dev@ss-dev-00", "verified after a restart")
    assert {seen.thumbprint for seen in fixed.openssl_results()[:2]} == {fixed.stored().leaf.thumbprint}
