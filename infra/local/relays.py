"""The relays of a stack: the real manifests in each cluster, our Role beside them, and a node that runs the pods."""

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config, utils

from infra.local.addresses import Addresses
from infra.local.cloud import PRODUCT
from infra.local.cluster import Cluster
from infra.local.node.config import NodeConfig, save
from infra.local.processes import Process, Supervisor

INFRA = Path(__file__).parents[1]
RELAY = INFRA / "mailrelay"
ACCESS = INFRA / "kubernetes"
NAMESPACE = "mailrelay"
PATIENCE = 20.0
PAUSE = 0.05


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
) -> None:
    """Install the relay in each cluster, whose pods wait for their Secret, and start the nodes."""
    configs = [
        NodeConfig(
            cluster=cluster.name,
            block=addresses.block,
            kubeconfig=cluster.kubeconfig,
            folder=pods,
            logs=pods / "logs" / cluster.name,
            exim_configuration=RELAY / "exim.conf",
            projection_delay=projection,
        )
        for cluster in clusters
    ]
    nodes = [launch_node(supervisor, folder, node, cluster) for node, cluster in zip(configs, clusters, strict=True)]
    for cluster in clusters:
        install(cluster)
    supervisor.wait(*nodes)


def install(cluster: Cluster) -> None:
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        for manifest in manifests():
            create(api, manifest)


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
    """Yield the relay's objects, then our Role and its binding to the functions' identity, as the overlay binds it."""
    yield from yaml.safe_load_all((RELAY / "relay.yaml").read_text())
    yield yaml.safe_load((ACCESS / "role.yaml").read_text())
    binding = yaml.safe_load((ACCESS / "role-binding.yaml").read_text())
    binding["subjects"][0]["name"] = PRODUCT.object_id
    yield binding


def launch_node(supervisor: Supervisor, folder: Path, node: NodeConfig, cluster: Cluster) -> Process:
    """Start the cluster's node; it is ready when the API server knows it."""
    file = folder / f"{node.node}.json"
    save(node, file)
    argv = [sys.executable, "-m", "infra.local.node", "--config", str(file)]
    return supervisor.launch(node.node, argv, ready=lambda: is_registered(cluster, node.node))


def is_registered(cluster: Cluster, name: str) -> bool:
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        nodes = client.CoreV1Api(api).list_node(_request_timeout=(1, 1)).items
        return any(node.metadata.name == name for node in nodes)
