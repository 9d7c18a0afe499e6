"""The fake of the Secrets Store CSI driver mounts as the driver does: a pod gets the newest versions when it starts."""

from datetime import timedelta

from shared.inventory import Workload
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import small_inventory
from tests.fakes.kubernetes import FakeClusters

CLUSTER, WORKLOAD = "ss-dev-00", Workload("mailrelay", "statefulset", "mailrelay")
CLASS = "relay-clients"


def test_a_rotation_reaches_the_pods_that_it_names_and_every_pod_that_starts_later() -> None:
    clock = FakeClock()
    clusters = FakeClusters(small_inventory(), clock)

    def versions() -> list[dict[str, str]]:
        return [dict(mount.versions) for mount in clusters.mounts(CLUSTER, WORKLOAD)]

    assert versions() == []
    clusters.rotate(CLUSTER, WORKLOAD, CLASS, {"pcol": "old"})
    clusters.rotate(CLUSTER, WORKLOAD, CLASS, {"pcol": "new"}, ["mailrelay-1"])
    assert versions() == [{"pcol": "old"}, {"pcol": "new"}]

    clock.advance(timedelta(seconds=1))
    clusters.restart(CLUSTER, WORKLOAD, "a cause")
    assert versions() == [{"pcol": "new"}, {"pcol": "new"}]
