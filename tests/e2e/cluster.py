"""A cluster as its administrator handles it."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client import ApiException

from infra.local.cluster import Cluster

NAMESPACE, SECRET, WORKLOAD = "mailrelay", "relay-tls", "mailrelay"
REPLICAS = 2
PATIENCE = 60.0
PAUSE = 0.1


class ClusterByHand:
    """What `kubectl` does, by the names of its commands."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def name(self) -> str:
        return self._cluster.name

    @property
    def node(self) -> str:
        return f"{self.name}-node"

    @property
    def _core(self) -> Any:
        return client.CoreV1Api(connected(self._cluster.kubeconfig))

    @property
    def _apps(self) -> Any:
        return client.AppsV1Api(connected(self._cluster.kubeconfig))

    def pods(self) -> list[Any]:
        return sorted(self._core.list_namespaced_pod(NAMESPACE).items, key=lambda pod: pod.metadata.name)

    def addresses(self) -> list[str]:
        return [pod.status.pod_ip for pod in self.pods()]

    def secret(self, name: str = SECRET) -> Any:
        """Return the Secret, None if there is none."""
        try:
            return self._core.read_namespaced_secret(name, NAMESPACE)
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def delete_secret(self, name: str = SECRET) -> None:
        self._core.delete_namespaced_secret(name, NAMESPACE)

    def edit_secret(self, data: Mapping[str, bytes], manager: str = "kubectl-edit") -> None:
        body = {"data": {key: b64encode(value).decode() for key, value in data.items()}}
        self._core.patch_namespaced_secret(SECRET, NAMESPACE, body, field_manager=manager)

    def annotate_secret(self, annotations: Mapping[str, str]) -> None:
        body = {"metadata": {"annotations": dict(annotations)}}
        self._core.patch_namespaced_secret(SECRET, NAMESPACE, body, field_manager="kubectl-annotate")

    def create_secret(self, name: str, data: Mapping[str, bytes], manager: str) -> None:
        body = {
            "metadata": {"name": name},
            "data": {key: b64encode(value).decode() for key, value in data.items()},
        }
        self._core.create_namespaced_secret(NAMESPACE, body, field_manager=manager)

    def pod(self, name: str) -> Any:
        """Return the pod, None if there is none."""
        return next((pod for pod in self.pods() if pod.metadata.name == name), None)

    def delete_pod(self, pod: str) -> None:
        """Delete a pod and wait until its successor is Ready."""
        before = self.pod(pod).metadata.uid
        self._core.delete_namespaced_pod(pod, NAMESPACE)
        self.wait(lambda: any(p.metadata.name == pod and p.metadata.uid != before and is_ready(p) for p in self.pods()))

    def force_delete(self, *pods: str) -> None:
        """Delete pods without any grace; their successors may be anything."""
        for pod in pods:
            self._core.delete_namespaced_pod(pod, NAMESPACE, body={"gracePeriodSeconds": 0})

    def wait_until_ready(self) -> None:
        """Wait until every replica is Ready and has the newest template, and none is on its way out."""
        self.wait(lambda: self._is_rolled_out() and len(pods := self.pods()) == REPLICAS and all(map(is_ready, pods)))

    def _is_rolled_out(self) -> bool:
        workload = self._workload()
        observed = workload.status.observed_generation == workload.metadata.generation
        return bool(observed and workload.status.current_revision == workload.status.update_revision)

    def evict(self, pod: str) -> None:
        """Evict a pod as `kubectl drain` does (POST .../eviction)."""
        body = {"metadata": {"name": pod}}
        self._core.create_namespaced_pod_eviction(pod, NAMESPACE, body, _preload_content=False).read()

    @contextmanager
    def cordoned(self) -> Iterator[None]:
        """No pod comes to the node meanwhile."""
        self._core.patch_node(self.node, {"spec": {"unschedulable": True}})
        try:
            yield
        finally:
            self._core.patch_node(self.node, {"spec": {"unschedulable": None}})

    @contextmanager
    def slowed(self, annotation: str, seconds: float) -> Iterator[None]:
        """One of the node's delays is another meanwhile."""
        self._core.patch_node(self.node, {"metadata": {"annotations": {annotation: str(seconds)}}})
        try:
            yield
        finally:
            self._core.patch_node(self.node, {"metadata": {"annotations": {annotation: None}}})

    def patch_template(self, container: Mapping[str, Any]) -> None:
        """Change the container of the pod template (strategic merge)."""
        body = {"spec": {"template": {"spec": {"containers": [{"name": "exim", **container}]}}}}
        self._apps.patch_namespaced_stateful_set(WORKLOAD, NAMESPACE, body)

    def allow_secret(self, name: str) -> None:
        """Add a Secret to those that our Role names."""
        rbac = client.RbacAuthorizationV1Api(connected(self._cluster.kubeconfig))
        role = rbac.read_namespaced_role("relaykeeper", NAMESPACE)
        rule = next(rule for rule in role.rules if "secrets" in rule.resources)
        rule.resource_names = sorted({*rule.resource_names, name})
        rbac.replace_namespaced_role("relaykeeper", NAMESPACE, role)

    def generation(self) -> int:
        """Return how often the workload's specification was changed."""
        return int(self._workload().metadata.generation)

    def _workload(self) -> Any:
        return self._apps.read_namespaced_stateful_set(WORKLOAD, NAMESPACE)

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{self.name}: still not so after {PATIENCE:g} s"
            time.sleep(PAUSE)


@cache
def connected(kubeconfig: Path) -> client.ApiClient:
    """Return a client that keeps its connections: tests read again and again."""
    return config.new_client_from_config(str(kubeconfig))


def is_ready(pod: Any) -> bool:
    """Say whether the pod is Ready and not on its way out."""
    ready = any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
    return ready and pod.metadata.deletion_timestamp is None
