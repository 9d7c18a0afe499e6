"""What others do to a cluster, of which `Clusters` must take notice; done to the fake, or for real with kubectl."""

import json
import secrets
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml

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


class Kubectl:
    """Acts on a cluster as its administrator."""

    def __init__(self, kubeconfig: Path, cluster: str, namespace: str) -> None:
        self.kubeconfig = kubeconfig
        self.cluster = cluster
        self.namespace = namespace

    def edit(self, data: Mapping[str, str]) -> None:
        values = {key: b64encode(value).decode() for key, value in encoded(data).items()}
        if self.run("get", "secret", SECRET, "--ignore-not-found") == "":
            self.run("create", "-f", "-", "--field-manager=kubectl-create", body=secret(values))
        else:
            self.run("patch", "secret", SECRET, "--field-manager=kubectl-edit", "-p", json.dumps({"data": values}))

    def apply_as(self, manager: str, data: Mapping[str, str]) -> None:
        values = {key: b64encode(value).decode() for key, value in encoded(data).items()}
        self.run("apply", "--server-side", f"--field-manager={manager}", "-f", "-", body=secret(values))

    def seal(self) -> None:
        self.run("patch", "secret", SECRET, "--field-manager=kubectl-edit", "-p", '{"immutable": true}')

    def restarts(self) -> int:
        return int(self.run("get", "statefulset", RELAY, "-o", "jsonpath={.metadata.generation}")) - 1

    def run(self, *arguments: str, body: Mapping[str, Any] | None = None) -> str:
        return subprocess.run(
            ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}", *arguments],
            input=None if body is None else json.dumps(body),
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout


@contextmanager
def namespace_of_its_own(kubeconfig: Path, cluster: str) -> Iterator[Kubectl]:
    """Make a namespace in which whoever is authenticated has the rights of `infra/kubernetes`, and those alone."""
    admin = Kubectl(kubeconfig, cluster, f"contract-{secrets.token_hex(4)}")
    objects = [namespace(admin.namespace), yaml.safe_load(ROLE.read_text()), binding(), gated_statefulset()]
    try:
        admin.run("create", "-f", "-", body={"apiVersion": "v1", "kind": "List", "items": objects})
        yield admin
    finally:
        admin.run("delete", "namespace", admin.namespace, "--wait=false", "--ignore-not-found")


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def binding() -> dict[str, Any]:
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "relaykeeper"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "relaykeeper"},
        "subjects": [group],
    }


def gated_statefulset() -> dict[str, Any]:
    """Return a workload whose pods exist and never start."""
    labels = {"app": RELAY}
    pod = {
        "schedulingGates": [{"name": "relaykeeper/contract"}],
        "containers": [{"name": "exim", "image": "mailrelay:4.96"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": RELAY},
        "spec": {
            "replicas": 2,
            "serviceName": RELAY,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def secret(values: Mapping[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "type": "Opaque", "data": dict(values)}


def encoded(data: Mapping[str, str]) -> dict[str, bytes]:
    return {key: value.encode() for key, value in data.items()}
