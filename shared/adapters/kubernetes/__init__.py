"""The Kubernetes clusters, through the `kubernetes` package: https://kubernetes.io/docs/reference/kubernetes-api/."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock

from azure.core.credentials import TokenCredential

from shared.adapters.kubernetes.access import Access
from shared.adapters.kubernetes.bodies import restarted_template, secret_part, without_claims
from shared.adapters.kubernetes.entra import by_entra
from shared.adapters.kubernetes.kubeconfig import by_kubeconfig
from shared.adapters.kubernetes.load_balancer import load_balancer
from shared.adapters.kubernetes.pods import is_active, pod, runs_for, what_blocks
from shared.adapters.kubernetes.policy import FORBIDDEN_CHANGE
from shared.adapters.kubernetes.refusals import Absent, MissingRight, PolicyDenied
from shared.adapters.kubernetes.seen import secret_seen
from shared.adapters.kubernetes.server import Json, Server
from shared.adapters.kubernetes.workloads import KINDS
from shared.domain.cluster_policy import PolicyProbe
from shared.domain.places import Pod, Rollout, SecretSeen
from shared.domain.secret_part import SecretPart
from shared.errors import Changed
from shared.inventory import Cluster, SecretReference, Workload

FIELD_MANAGER = "relaykeeper"
"""Who changed a pod template. (A name that begins with `kubectl` is what Flux takes fields over from.)"""

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
"""Said with each patch: without it the package falls back to a strategic merge, even for an apply."""


class KubernetesClusters:
    """`ports.Clusters`. Connections to a cluster are made at its first use, and kept."""

    def __init__(
        self,
        clusters: Mapping[str, Cluster],
        folder: Path,
        credential: TokenCredential,
        secret: Callable[[SecretReference], str | None],
    ) -> None:
        """`folder` is the inventory's, to which `ca_file` is relative; `secret` reads a kubeconfig from its vault."""
        self._clusters = clusters
        self._folder = folder
        self._credential = credential
        self._vault_secret = secret
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

    def probe_policy(self, cluster: str, workload: Workload, secret: str | None) -> tuple[PolicyProbe, ...]:
        server, namespace = self._server(cluster), workload.namespace
        on_workload = partial(KINDS[workload.kind].patch, server.apps, workload.name, namespace)
        changes = [(str(workload), on_workload)]
        if secret is not None:
            on_secret = partial(server.core.patch_namespaced_secret, secret, namespace)
            changes.insert(0, (f"Secret {namespace}/{secret}", on_secret))
        return tuple(PolicyProbe(target, self._denied_by(cluster, target, change)) for target, change in changes)

    def _denied_by(self, cluster: str, target: str, change: Callable[..., object]) -> int | None:
        """Return the version of the policy that denies the forbidden change, as PolicyProbe has it."""
        tried = f"cannot try whether the admission policy protects {target} in {cluster}"
        try:
            self._server(cluster).ask(tried, change, FORBIDDEN_CHANGE, dry_run="All", _content_type=STRATEGIC_MERGE)
        except PolicyDenied as denied:
            return denied.version
        except (MissingRight, Absent):
            return None
        return 0

    def pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        found = [pod(item) for item in self._own_pods(cluster, workload) if is_active(item)]
        return tuple(sorted(found, key=lambda each: each.name))

    def rollout(self, cluster: str, workload: Workload) -> Rollout:
        """One that is not done names the pods that it waits for, among them those that hang in termination."""
        server = self._server(cluster)
        kind = KINDS[workload.kind]
        tried = f"cannot read {workload} in {cluster}"
        found = kind.rollout(server.ask(tried, kind.read, server.apps, workload.name, workload.namespace))
        if found.done:
            return found
        blocking = sorted(filter(None, map(what_blocks, self._own_pods(cluster, workload))))
        return replace(found, message=f"{found.message} ({'; '.join(blocking)})") if blocking else found

    def service_address(self, cluster: str, namespace: str, name: str) -> str:
        server = self._server(cluster)
        tried = f"cannot find the address of Service {namespace}/{name} in {cluster}"
        return load_balancer(tried, server.ask(tried, server.core.read_namespaced_service, name, namespace))

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

    def _own_pods(self, cluster: str, workload: Workload) -> list[Json]:
        server = self._server(cluster)
        tried = f"cannot list the pods of namespace {workload.namespace} in {cluster}"
        listed = server.pages(tried, server.core.list_namespaced_pod, workload.namespace)
        return [item for item in listed if runs_for(item, workload)]

    def _server(self, cluster: str) -> Server:
        with self._first_use:
            if cluster not in self._servers:
                self._servers[cluster] = Server(self._access(self._clusters[cluster]))
            return self._servers[cluster]

    def _access(self, cluster: Cluster) -> Access:
        if cluster.kubeconfig is not None:
            return by_kubeconfig(cluster.name, cluster.kubeconfig, self._vault_secret)
        return by_entra(cluster.name, cluster.server, self._folder / cluster.ca_file, self._credential)
