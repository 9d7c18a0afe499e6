"""A certificate changes under load: files swapped under running relays, or relays rolled at their Service's address."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

from kubernetes import client, config

from infra.local.bench.replicas import PORT, Replica, replicas
from infra.local.bench.session import Figures, Target, load
from infra.local.bench.versions import NAMESPACE, Layout, Version, versions, write
from infra.local.cluster import Cluster
from infra.local.loopback import CLUSTERS
from infra.local.stack import running_stack
from shared.compose import compose
from shared.inventory import Workload
from shared.ports import Ports

CLUSTER = CLUSTERS[0]

WORKLOAD = Workload(NAMESPACE, "statefulset", "mailrelay")

PORTS = (25, 587)

PATIENCE = 120.0

PAUSE = 0.5


def restart(layout: Layout, rollouts: int) -> Iterator[tuple[str, Figures]]:
    """Yield what is measured, and figures: of the reference relay, and of one that takes no care of its clients."""
    with tempfile.TemporaryDirectory(prefix="relaykeeper-bench-") as folder:
        made = list(islice(versions(HOST, Path(folder) / "versions"), rollouts + 1))
        with running_stack(Path(folder) / "stack", [CLUSTER]) as stack:
            ports = compose(stack.environment)
            service = stack.addresses.service(CLUSTER)
            targets = [Target(service, port, host) for port in PORTS for host in (HOST, None)]
            write(ports, CLUSTER, layout.payload(HOST, made[:1]))
            wait_for_rollout(ports)
            yield "restart, the reference relay", under_load(targets, made, layout, ports)
            drop_clients(stack.clusters[0])
            wait_for_rollout(ports)
            yield "restart, without readinessProbe and preStop", under_load(targets, made, layout, ports)


def under_load(targets: Sequence[Target], made: Sequence[Version], layout: Layout, ports: Ports) -> Figures:
    """Write each version, and roll the pods to have it."""
    with load(targets) as sessions:
        for kept in pairwise(made):
            write(ports, CLUSTER, layout.payload(HOST, kept))
            ports.clusters.restart(CLUSTER, WORKLOAD, kept[-1].name)
            wait_for_rollout(ports)
    return Figures.of(sessions, (version.chain for version in made), len(made) - 1)


def wait_for_rollout(ports: Ports) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (rollout := ports.clusters.rollout(CLUSTER, WORKLOAD)).done:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not rolled out after {PATIENCE:g} s: {rollout.message}")
        time.sleep(PAUSE)


def drop_clients(cluster: Cluster) -> None:
    """Take from the pods what keeps new sessions away from one that begins or ends, as many charts lack it."""
    containers = [{"name": "exim", "readinessProbe": None, "lifecycle": None}]
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        body = {"spec": {"template": {"spec": {"containers": containers}}}}
        client.AppsV1Api(api).patch_namespaced_stateful_set(WORKLOAD.name, NAMESPACE, body)


HOST = "mail.bench.example"

REPLICAS = 2

SHORTEST, LONGEST = 0.3, 0.5
"""Seconds between two swaps: one may come at any moment of a session."""


def in_place(layout: Layout, swaps: int) -> Figures:
    """Swap the certificate of running relays under load."""
    with tempfile.TemporaryDirectory(prefix="relaykeeper-bench-") as folder:
        made = list(islice(versions(HOST, Path(folder)), swaps + 1))
    with replicas(REPLICAS, layout, layout.payload(HOST, made[:1])) as running:
        targets = [Target(replica.address, PORT, host) for replica in running for host in (HOST, None)]
        with load(targets) as sessions:
            swap(made, layout, running)
    return Figures.of(sessions, (version.chain for version in made), swaps)


def swap(made: Sequence[Version], layout: Layout, running: Sequence[Replica]) -> None:
    for kept in pairwise(made):
        time.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311
        for replica in running:
            replica.project(layout.payload(HOST, kept))
    time.sleep(LONGEST)
