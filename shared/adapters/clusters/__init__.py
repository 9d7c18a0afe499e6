"""The Kubernetes clusters, through the `kubernetes` package: https://kubernetes.io/docs/reference/kubernetes-api/."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from azure.core.credentials import TokenCredential

from shared.adapters.clusters.bodies import restarted_template, secret_part, without_claims
from shared.adapters.clusters.pods import is_active, pod, runs_for
from shared.adapters.clusters.refusals import Absent
from shared.adapters.clusters.seen import secret_seen
from shared.adapters.clusters.server import Server
from shared.adapters.clusters.workloads import KINDS
from shared.domain.inventory import Cluster, Workload
from shared.domain.places import Pod, Rollout, SecretSeen
from shared.domain.secret_part import SecretPart
from shared.errors import Changed

FIELD_MANAGER = "relaykeeper"
"""Who changed a pod template. (A name that begins with `kubectl` is what Flux takes fields over from.)"""

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
"""Said with each patch: without it the package falls back to a strategic merge, even for an apply."""


class KubernetesClusters:
    """`ports.Clusters`. Connections to a cluster are made at its first use, and kept."""

    def __init__(self, clusters: Mapping[str, Cluster], folder: Path, credential: TokenCredential) -> None:
        """`folder` is the inventory's, to which `ca_file` is relative."""
        self._clusters = clusters
        self._folder = folder
        self._credential = credential
        self._servers: dict[str, Server] = {}
        self._first_use = Lock()

    def secret(self, cluster: str, namespace: str, name: str) -> SecretSeen | None:
        server = self._server(cluster)
        tried = f"cannot read Secret {namespace}/{name} in {cluster}"
        try:
            return secret_seen(server.ask(tried, server.core.read_namespaced_secret, name, namespace))
        except Absent:
            return None

    def release(self, cluster: str, namespace: str, name: str, seen: SecretSeen, owners: Sequence[str]) -> None:
        server = self._server(cluster)
        tried = f"cannot drop the claims of {', '.join(owners)} on Secret {namespace}/{name} in {cluster}"
        metadata = server.ask(tried, server.core.read_namespaced_secret, name, namespace)["metadata"]
        if metadata["resourceVersion"] != seen.resource_version:
            raise Changed(f"{tried}: it has changed since it was read")
        patch = without_claims(metadata, owners)
        server.ask(tried, server.core.patch_namespaced_secret, name, namespace, patch, _content_type=JSON_PATCH)

    def apply(self, cluster: str, part: SecretPart) -> None:
        server = self._server(cluster)
        server.ask(
            f"cannot write Secret {part.namespace}/{part.name} in {cluster}",
            server.core.patch_namespaced_secret,
            part.name,
            part.namespace,
            secret_part(part),
            field_manager=part.field_manager,
            force=False,
            field_validation="Strict",
            _content_type=APPLY,
        )

    def pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        server = self._server(cluster)
        tried = f"cannot list the pods of namespace {workload.namespace} in {cluster}"
        listed = server.pages(tried, server.core.list_namespaced_pod, workload.namespace)
        own = [pod(item) for item in listed if is_active(item) and runs_for(item, workload)]
        return tuple(sorted(own, key=lambda found: found.name))

    def rollout(self, cluster: str, workload: Workload) -> Rollout:
        server = self._server(cluster)
        kind = KINDS[workload.kind]
        tried = f"cannot read {workload} in {cluster}"
        return kind.rollout(server.ask(tried, kind.read, server.apps, workload.name, workload.namespace))

    def restart(self, cluster: str, workload: Workload, cause: str) -> None:
        server = self._server(cluster)
        server.ask(
            f"cannot restart {workload} in {cluster}",
            KINDS[workload.kind].patch,
            server.apps,
            workload.name,
            workload.namespace,
            restarted_template(cause),
            field_manager=FIELD_MANAGER,
            _content_type=STRATEGIC_MERGE,
        )

    def _server(self, cluster: str) -> Server:
        with self._first_use:
            if cluster not in self._servers:
                self._servers[cluster] = Server(self._clusters[cluster], self._folder, self._credential)
            return self._servers[cluster]
