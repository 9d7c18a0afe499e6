"""The relays of a stack: the real manifests in each cluster, our Role beside them, and a node that runs the pods."""

import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config, utils

from infra.local.cloud import CSI_DRIVER, PRODUCT
from infra.local.cluster import Cluster, rights
from infra.local.loopback import Addresses
from infra.local.node.behaviour import NodeConfig, save
from infra.local.processes import Process, Supervisor

INFRA = Path(__file__).parents[1]
RELAY = INFRA / "mailrelay"
NAMESPACE = SERVICE = "mailrelay"
PATIENCE = 20.0
PAUSE = 0.05

ROTATION = 2.0
"""Seconds between two looks of the Secrets Store CSI driver into a vault; AKS has two minutes."""

NOTICE = 2
"""Seconds from a pod's end at the Service to its SIGTERM."""


@contextmanager
def pods_folder(folder: Path, addresses: Addresses) -> Iterator[Path]:
    """Make room for the pods' files where every user may enter: Exim gives up root, and a checkout may be shut.

    What Exim logs is found in `folder/logs/relays`, during the run and after it.
    """
    pods, logs = Path(f"/var/tmp/relaykeeper-{addresses.block}"), folder / "logs" / "relays"  # noqa: S108 our own block
    shutil.rmtree(pods, ignore_errors=True)  # of a stack that was killed
    (pods / "logs").mkdir(parents=True)
    logs.parent.mkdir(exist_ok=True)
    logs.unlink(missing_ok=True)
    logs.symlink_to(pods / "logs")
    try:
        yield pods
    finally:
        logs.unlink()
        shutil.move(pods / "logs", logs)
        shutil.rmtree(pods)


def start_relays(
    supervisor: Supervisor,
    folder: Path,
    pods: Path,
    addresses: Addresses,
    clusters: Sequence[Cluster],
    projection: float,
    environment: Mapping[str, str],
) -> None:
    """Install the relay in each cluster, whose pods wait for their Secret, and start the nodes.

    `environment` is where the nodes' CSI drivers find their managed identity, and what they trust.
    """
    configs = [
        NodeConfig(
            cluster=cluster.name,
            block=addresses.block,
            kubeconfig=cluster.kubeconfig,
            folder=pods,
            logs=pods / "logs" / cluster.name,
            exim_configuration=build_image(folder, cluster),
            projection_delay=projection,
            rotation_interval=ROTATION,
            csi_identity=CSI_DRIVER.client_id,
        )
        for cluster in clusters
    ]
    nodes = [
        launch_node(supervisor, folder, node, cluster, environment)
        for node, cluster in zip(configs, clusters, strict=True)
    ]
    for cluster in clusters:
        install(cluster, addresses.service(cluster.name))
    supervisor.wait(*nodes)


def build_image(folder: Path, cluster: Cluster) -> Path:
    """Copy the relay's configuration to where this cluster's containers get it from: one may be made to differ."""
    path = folder / "images" / cluster.name / "exim.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RELAY / "exim.conf", path)
    return path


def install(cluster: Cluster, service: str) -> None:
    """Create everything, and give the relay's Service the address where the node serves it, as a cloud would."""
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        for manifest in manifests():
            create(api, manifest)
        status = {"loadBalancer": {"ingress": [{"ip": service}]}}
        client.CoreV1Api(api).patch_namespaced_service_status(SERVICE, NAMESPACE, {"status": status})


def create(api: client.ApiClient, manifest: dict[str, Any]) -> None:
    """Create an object as soon as the API server can: for a moment after it is ready it has no Service addresses."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            utils.create_from_dict(api, manifest, namespace=NAMESPACE)
        except utils.FailToCreateError as error:
            if time.monotonic() > deadline or any(each.status < 500 for each in error.api_exceptions):
                raise
            time.sleep(PAUSE)
        else:
            return


def manifests() -> Iterator[dict[str, Any]]:
    """Yield the relay's objects, then the rights of the functions' identity, and their limit."""
    for manifest in yaml.safe_load_all((RELAY / "relay.yaml").read_text()):
        yield with_short_notice(manifest) if manifest["kind"] == "StatefulSet" else manifest
    yield from rights("sync-secret", PRODUCT.object_id)
    yield from rights("policy", PRODUCT.object_id)


def with_short_notice(workload: dict[str, Any]) -> dict[str, Any]:
    """Shorten the time before a pod ends: here, a Service forgets it at once, and no load balancer has to notice."""
    [container] = workload["spec"]["template"]["spec"]["containers"]
    container["lifecycle"]["preStop"]["sleep"]["seconds"] = NOTICE
    return workload


def launch_node(
    supervisor: Supervisor, folder: Path, node: NodeConfig, cluster: Cluster, environment: Mapping[str, str]
) -> Process:
    """Start the cluster's node; it is ready when the API server knows it."""
    file = folder / f"{node.node}.json"
    save(node, file)
    argv = [sys.executable, "-m", "infra.local.node", "--config", str(file)]
    return supervisor.launch(node.node, argv, ready=lambda: is_registered(cluster, node.node), env=environment)


def is_registered(cluster: Cluster, name: str) -> bool:
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        nodes = client.CoreV1Api(api).list_node(_request_timeout=(1, 1)).items
        return any(node.metadata.name == name for node in nodes)
