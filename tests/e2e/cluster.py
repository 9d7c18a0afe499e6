"""A cluster as its administrator handles it."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubernetes import client, config
from kubernetes.client import ApiException

from infra.local.cluster import Cluster

NAMESPACE, SECRET, WORKLOAD = "mailrelay", "relay-tls", "mailrelay"
PATIENCE = 30.0
PAUSE = 0.1


class ClusterByHand:
    """What `kubectl` does, by the names of its commands."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def name(self) -> str:
        return self._cluster.name

    @contextmanager
    def _core(self) -> Iterator[Any]:
        with config.new_client_from_config(str(self._cluster.kubeconfig)) as api:
            yield client.CoreV1Api(api)

    def pods(self) -> list[Any]:
        with self._core() as core:
            return sorted(core.list_namespaced_pod(NAMESPACE).items, key=lambda pod: pod.metadata.name)

    def addresses(self) -> list[str]:
        return [pod.status.pod_ip for pod in self.pods()]

    def secret(self, name: str = SECRET) -> Any:
        """Return the Secret, None if there is none."""
        with self._core() as core:
            try:
                return core.read_namespaced_secret(name, NAMESPACE)
            except ApiException as error:
                if error.status == 404:
                    return None
                raise

    def delete_secret(self, name: str = SECRET) -> None:
        with self._core() as core:
            core.delete_namespaced_secret(name, NAMESPACE)

    def edit_secret(self, data: Mapping[str, bytes], manager: str = "kubectl-edit") -> None:
        body = {"data": {key: b64encode(value).decode() for key, value in data.items()}}
        with self._core() as core:
            core.patch_namespaced_secret(SECRET, NAMESPACE, body, field_manager=manager)

    def create_secret(self, name: str, data: Mapping[str, bytes], manager: str) -> None:
        body = {
            "metadata": {"name": name},
            "data": {key: b64encode(value).decode() for key, value in data.items()},
        }
        with self._core() as core:
            core.create_namespaced_secret(NAMESPACE, body, field_manager=manager)

    def delete_pod(self, pod: str) -> None:
        """Delete a pod and wait until its successor is Ready."""
        with self._core() as core:
            before = core.read_namespaced_pod(pod, NAMESPACE).metadata.uid
            core.delete_namespaced_pod(pod, NAMESPACE)
        self.wait(lambda: any(p.metadata.name == pod and p.metadata.uid != before and is_ready(p) for p in self.pods()))

    def allow_secret(self, name: str) -> None:
        """Add a Secret to those that our Role names."""
        with config.new_client_from_config(str(self._cluster.kubeconfig)) as api:
            rbac = client.RbacAuthorizationV1Api(api)
            role = rbac.read_namespaced_role("relaykeeper", NAMESPACE)
            rule = next(rule for rule in role.rules if "secrets" in rule.resources)
            rule.resource_names = sorted({*rule.resource_names, name})
            rbac.replace_namespaced_role("relaykeeper", NAMESPACE, role)

    def generation(self) -> int:
        """Return how often the workload's specification was changed."""
        with config.new_client_from_config(str(self._cluster.kubeconfig)) as api:
            return int(client.AppsV1Api(api).read_namespaced_stateful_set(WORKLOAD, NAMESPACE).metadata.generation)

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{self.name}: still not so after {PATIENCE:g} s"
            time.sleep(PAUSE)


def is_ready(pod: Any) -> bool:
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
