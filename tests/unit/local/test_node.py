"""Pods come to the node, wait for it and start again as under a scheduler and a kubelet."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import (
    V1Container,
    V1ContainerPort,
    V1CSIVolumeSource,
    V1ExecAction,
    V1Node,
    V1NodeSpec,
    V1ObjectMeta,
    V1Pod,
    V1PodSpec,
    V1Probe,
    V1TCPSocketAction,
    V1Volume,
)

from infra.local.node.behaviour import Behaviour, NodeConfig, read_behaviour
from infra.local.node.node import Scheduler
from infra.local.node.pod import restart_delay
from infra.local.node.podspec import CsiVolume, NotImplementedByNodeError, podspec

POD = V1ObjectMeta(name="mailrelay-1", namespace="mailrelay", uid="2c9e")
CONFIG = NodeConfig(
    cluster="ss-dev-00",
    block=0,
    kubeconfig=Path("kubeconfig"),
    folder=Path("pods"),
    logs=Path("logs"),
    exim_configuration=Path("exim.conf"),
    projection_delay=1.0,
    restart_delay=10.0,
)


class Written:
    """What the scheduler wrote, in the pods' names."""

    def __init__(self) -> None:
        self.bound: list[str] = []
        self.left: list[str] = []

    async def bind(self, pod: Any, node: str) -> None:
        self.bound.append(f"{pod.name} to {node}")

    async def unschedulable(self, pod: Any) -> None:
        self.left.append(pod.name)


def test_a_cordoned_node_takes_no_pod_until_it_is_uncordoned() -> None:
    written = Written()
    scheduler = Scheduler(written, "ss-dev-00-node")

    async def cordon_and_uncordon() -> None:
        await scheduler.cordon(True)
        await scheduler.place(POD)
        await scheduler.place(POD)
        assert (written.bound, written.left) == ([], ["mailrelay-1"])
        await scheduler.cordon(False)
        await scheduler.cordon(False)

    asyncio.run(cordon_and_uncordon())
    assert written.bound == ["mailrelay-1 to ss-dev-00-node"]


def node(unschedulable: bool | None = None, annotations: dict[str, str] | None = None) -> V1Node:
    return V1Node(metadata=V1ObjectMeta(annotations=annotations), spec=V1NodeSpec(unschedulable=unschedulable))


def test_the_node_object_says_how_slow_the_node_is() -> None:
    annotations = {
        "stack/projection-delay": "60",
        "stack/restart-delay": "0.5",
        "stack/rotation-interval": "7",
    }

    assert read_behaviour(node(), CONFIG) == Behaviour(False, 1.0, 10.0, 120.0)
    assert read_behaviour(node(unschedulable=True, annotations=annotations), CONFIG) == Behaviour(True, 60.0, 0.5, 7.0)


def test_the_back_off_grows_from_nothing_to_five_minutes() -> None:
    delays = [restart_delay(failures, 10.0) for failures in range(1, 9)]
    assert delays == [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]


def probed(probe: V1Probe | None) -> int | None:
    container = V1Container(
        name="exim",
        image="mailrelay:4.96",
        ports=[V1ContainerPort(name="smtp", container_port=25)],
        readiness_probe=probe,
    )
    return podspec(V1Pod(metadata=POD, spec=V1PodSpec(containers=[container]))).probe


@pytest.mark.parametrize(("port", "number"), [("smtp", 25), (25, 25), (2525, 2525)])
def test_a_readiness_probe_asks_the_port_that_it_names(port: str | int, number: int) -> None:
    assert probed(V1Probe(tcp_socket=V1TCPSocketAction(port=port))) == number


def test_a_pod_without_readiness_probe_is_ready_when_it_runs() -> None:
    assert probed(None) is None


def test_a_volume_of_the_secrets_store_driver_names_its_class_and_other_drivers_are_refused() -> None:
    def volumes(driver: str) -> V1Pod:
        source = V1CSIVolumeSource(driver=driver, volume_attributes={"secretProviderClass": "relay-clients"})
        container = V1Container(name="exim", image="mailrelay:4.96")
        return V1Pod(metadata=POD, spec=V1PodSpec(containers=[container], volumes=[V1Volume(name="auth", csi=source)]))

    assert podspec(volumes("secrets-store.csi.k8s.io")).csi_volumes == (CsiVolume("auth", "relay-clients"),)
    with pytest.raises(NotImplementedByNodeError, match="volume auth"):
        podspec(volumes("disk.csi.azure.com"))


def test_an_image_has_a_configuration_of_its_own_or_the_reference_relays(tmp_path: Path) -> None:
    config = replace(CONFIG, exim_configuration=tmp_path / "exim.conf")
    (tmp_path / "mailrelay-csi.conf").touch()

    assert config.configuration_of("mailrelay:4.96") == tmp_path / "exim.conf"
    assert config.configuration_of("mailrelay-csi") == tmp_path / "mailrelay-csi.conf"


@pytest.mark.parametrize(
    "probe", [V1Probe(_exec=V1ExecAction(command=["true"])), V1Probe(tcp_socket=V1TCPSocketAction(port="smtps"))]
)
def test_a_readiness_probe_that_the_node_does_not_know_is_refused(probe: V1Probe) -> None:
    with pytest.raises(NotImplementedByNodeError, match="readiness probe"):
        probed(probe)
