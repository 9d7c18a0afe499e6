"""What `ports.Clusters` says of the Secrets Store CSI driver, kept by the fake and by a real API server."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kubernetes import config

from infra.local.cloud import PRODUCT
from infra.local.csi.install import install_resources
from shared.domain.serving.place_observation import Mount, ProviderObject
from shared.inventory import Workload
from shared.ports import Clusters
from tests.contract.cluster_admin import RELAY, Admin, FakeAdmin
from tests.contract.cluster_administrator import namespace_of_its_own
from tests.contract.polling import until
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import small_inventory
from tests.fakes.kubernetes import FakeClusters

WITH, WITHOUT = "ss-dev-00", "ss-dev-01"
"""The cluster that serves the driver's resources, and one that does not."""

CLASS = "relay-clients"
OLD, NEW = "0" * 32, "1" * 32


@dataclass(frozen=True, slots=True)
class Bench:
    """The port, and others who work in the same namespace."""

    clusters: Clusters
    admin: Admin

    def mounts(self, workload: str = RELAY) -> tuple[Mount, ...]:
        return self.clusters.mounts(self.admin.cluster, Workload(self.admin.namespace, "statefulset", workload))

    def objects(self) -> tuple[ProviderObject, ...] | None:
        return self.clusters.provider_objects(self.admin.cluster, self.admin.namespace, CLASS)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.e2e)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        clock = FakeClock()
        fake = FakeClusters(small_inventory(), clock)
        yield Bench(fake, FakeAdmin(fake, clock, WITH))
        return
    stack = request.getfixturevalue("stack")
    kubeconfig = stack.folder / "kubeconfigs" / f"{WITH}.yaml"
    with config.new_client_from_config(str(kubeconfig)) as api:
        install_resources(api)
    with namespace_of_its_own(kubeconfig, WITH, PRODUCT.object_id, "sync-none", "csi") as admin:
        yield Bench(stack.ports.clusters, admin)


def test_the_mounts_of_each_pod_and_the_objects_of_a_class_are_read(bench: Bench) -> None:
    assert bench.objects() is None
    until(lambda: bench.mounts() == ())

    bench.admin.list_objects(CLASS, {"pcol": "pcol", "sscs.txt": "sscs"})
    bench.admin.mount("mailrelay-1", CLASS, {"pcol": OLD, "sscs": NEW})
    bench.admin.mount("mailrelay-0", CLASS, {"pcol": NEW})

    assert bench.objects() == (ProviderObject("pcol", "secret", "pcol"), ProviderObject("sscs", "secret", "sscs.txt"))
    assert bench.mounts() == (
        Mount("mailrelay-0", CLASS, mounted=True, versions={"pcol": NEW}),
        Mount("mailrelay-1", CLASS, mounted=True, versions={"pcol": OLD, "sscs": NEW}),
    )
    assert bench.mounts("another") == ()
    bench.admin.hang("mailrelay-1")
    assert [mount.pod for mount in bench.mounts()] == ["mailrelay-0"]


@pytest.mark.e2e
def test_a_cluster_without_the_drivers_resources_has_no_mounts_and_no_classes(
    request: pytest.FixtureRequest,
) -> None:
    stack = request.getfixturevalue("stack")
    kubeconfig = stack.folder / "kubeconfigs" / f"{WITHOUT}.yaml"
    with namespace_of_its_own(kubeconfig, WITHOUT, PRODUCT.object_id, "sync-none", "csi") as admin:
        bench = Bench(stack.ports.clusters, admin)
        admin.wait_for("mailrelay-0")

        assert bench.mounts() == ()
        assert bench.objects() is None
