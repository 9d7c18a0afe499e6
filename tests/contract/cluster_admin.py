"""What others do to a cluster, of which `Clusters` must take notice; done to the fake, or for real."""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml
from kubernetes import client, config

from shared.domain.inventory import Workload
from tests.fakes.clusters import FakeClusters

ROLE = Path(__file__).parents[2] / "infra" / "kubernetes" / "role.yaml"
SECRET = "relay-tls"  # noqa: S105, its name
RELAY = "mailrelay"


class Admin(Protocol):
    """Somebody with every right in one namespace that holds a StatefulSet `mailrelay` of two pods."""

    cluster: str
    namespace: str

    def edit(self, data: Mapping[str, str]) -> None:
        """Change files of the Secret as `kubectl edit` does; make it if there is none."""

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        """Make the Secret as a tool that uses server-side apply."""

    def seal(self) -> None:
        """Make the Secret immutable."""

    def restarts(self) -> int:
        """Count how often the workload got a new pod template."""


class FakeAdmin:
    """Acts on the fake."""

    def __init__(self, clusters: FakeClusters, cluster: str) -> None:
        self.clusters = clusters
        self.cluster = cluster
        self.namespace = "mailrelay"

    def edit(self, data: Mapping[str, str]) -> None:
        self.clusters.edit(self.cluster, self.namespace, SECRET, encoded(data))

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        self.clusters.apply_as(manager, self.cluster, self.namespace, SECRET, encoded(data))

    def seal(self) -> None:
        self.clusters.seal(self.cluster, self.namespace, SECRET)

    def restarts(self) -> int:
        return self.clusters.running[self.cluster, Workload(self.namespace, "statefulset", RELAY)].restarts


class Administrator:
    """Acts on a cluster with its kubeconfig."""

    def __init__(self, kubeconfig: Path, cluster: str, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        api = config.new_client_from_config(str(kubeconfig))
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.rbac = client.RbacAuthorizationV1Api(api)

    def edit(self, data: Mapping[str, str]) -> None:
        body = {"metadata": {"name": SECRET}, "data": in_base64(data)}
        if any(secret.metadata.name == SECRET for secret in self.core.list_namespaced_secret(self.namespace).items):
            self.core.patch_namespaced_secret(SECRET, self.namespace, body, field_manager="kubectl-edit")
        else:
            self.core.create_namespaced_secret(self.namespace, body, field_manager="kubectl-create")

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "data": in_base64(data)}
        self.core.patch_namespaced_secret(
            SECRET, self.namespace, body, field_manager=manager, _content_type="application/apply-patch+yaml"
        )

    def seal(self) -> None:
        self.core.patch_namespaced_secret(SECRET, self.namespace, {"immutable": True}, field_manager="kubectl-edit")

    def restarts(self) -> int:
        return int(self.apps.read_namespaced_stateful_set(RELAY, self.namespace).metadata.generation) - 1


@contextmanager
def namespace_of_its_own(kubeconfig: Path, cluster: str) -> Iterator[Administrator]:
    """Make a namespace in which whoever is authenticated has the rights of `infra/kubernetes`, and those alone."""
    admin = Administrator(kubeconfig, cluster, f"contract-{secrets.token_hex(4)}")
    admin.core.create_namespace({"metadata": {"name": admin.namespace}})
    try:
        admin.rbac.create_namespaced_role(admin.namespace, yaml.safe_load(ROLE.read_text()))
        admin.rbac.create_namespaced_role_binding(admin.namespace, binding())
        admin.apps.create_namespaced_stateful_set(admin.namespace, gated_statefulset())
        yield admin
    finally:
        admin.core.delete_namespace(admin.namespace)


def binding() -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "metadata": {"name": "relaykeeper"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "relaykeeper"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": "system:authenticated"}],
    }


def gated_statefulset() -> dict[str, Any]:
    """Return a workload whose pods exist and never start."""
    labels = {"app": RELAY}
    pod = {
        "schedulingGates": [{"name": "relaykeeper/contract"}],
        "containers": [{"name": "exim", "image": "mailrelay:4.96"}],
    }
    return {
        "metadata": {"name": RELAY},
        "spec": {
            "replicas": 2,
            "serviceName": RELAY,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def in_base64(data: Mapping[str, str]) -> dict[str, str]:
    return {key: b64encode(value).decode() for key, value in encoded(data).items()}


def encoded(data: Mapping[str, str]) -> dict[str, bytes]:
    return {key: value.encode() for key, value in data.items()}
