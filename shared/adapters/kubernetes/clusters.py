"""The Kubernetes clusters, through the `kubernetes` package: https://kubernetes.io/docs/reference/kubernetes-api/."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from azure.core.credentials import TokenCredential

from shared.adapters.kubernetes.api_server import ApiServer, Json
from shared.adapters.kubernetes.credentials import ClusterCredentials, entra_credentials, kubeconfig_credentials
from shared.adapters.kubernetes.errors import Absent, MissingRight, PolicyDenied
from shared.adapters.kubernetes.mounts import (
    GROUP,
    in_served_version,
    owning_pods,
    read_mount,
    read_provider_objects,
)
from shared.adapters.kubernetes.pods import belongs_to, is_active, read_pod, why_blocking
from shared.adapters.kubernetes.rollouts import WORKLOAD_APIS, restart_patch
from shared.adapters.kubernetes.secrets import apply_body, drop_managers_patch, read_secret
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.place_observation import Mount, Pod, ProviderObject, Rollout, SecretSnapshot
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import Conflict, PermanentError
from shared.inventory import Cluster, SecretReference, Workload

FIELD_MANAGER = "relaykeeper"
"""Of a pod template. It must not begin with `kubectl`: Flux takes fields over from such managers."""

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
"""Content types. Each patch names its own: without one the package sends a strategic merge, even for an apply."""

FORBIDDEN_CHANGE = {"metadata": {"annotations": {"policy-probe": "a dry run of relaykeeper, to be refused"}}}
"""Both policies of infra/kubernetes forbid it. It does no harm if a proxy drops the parameter `dryRun`."""


class KubernetesClusters:
    """Implements ports.Clusters. Connections to a cluster are made at its first use, and kept."""

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
        self._servers: dict[str, ApiServer] = {}
        self._first_use = Lock()

    def secret(self, cluster: str, namespace: str, name: str) -> SecretSnapshot | None:
        server = self._server(cluster)
        tried = f"cannot read Secret {namespace}/{name} in {cluster}"
        try:
            return read_secret(server.call(tried, server.core.read_namespaced_secret, name, namespace))
        except Absent:
            return None

    def release(self, cluster: str, namespace: str, name: str, seen: SecretSnapshot, owners: Sequence[str]) -> None:
        server = self._server(cluster)
        tried = f"cannot drop the claims of {', '.join(owners)} on Secret {namespace}/{name} in {cluster}"
        metadata = server.call(tried, server.core.read_namespaced_secret, name, namespace)["metadata"]
        if metadata["resourceVersion"] != seen.resource_version:
            raise Conflict(f"{tried}: it has changed since it was read")
        patch = drop_managers_patch(metadata, owners)
        server.call(tried, server.core.patch_namespaced_secret, name, namespace, patch, _content_type=JSON_PATCH)

    def apply(self, cluster: str, part: SecretApply) -> None:
        server = self._server(cluster)
        server.call(
            f"cannot write Secret {part.namespace}/{part.name} in {cluster}",
            server.core.patch_namespaced_secret,
            part.name,
            part.namespace,
            apply_body(part),
            field_manager=part.field_manager,
            force=False,
            field_validation="Strict",
            _content_type=APPLY,
        )

    def probe_policy(self, cluster: str, workload: Workload, secret: str | None) -> tuple[PolicyProbe, ...]:
        server, namespace = self._server(cluster), workload.namespace
        on_workload = partial(WORKLOAD_APIS[workload.kind].patch, server.apps, workload.name, namespace)
        changes = [(str(workload), on_workload)]
        if secret is not None:
            on_secret = partial(server.core.patch_namespaced_secret, secret, namespace)
            changes.insert(0, (f"Secret {namespace}/{secret}", on_secret))
        return tuple(PolicyProbe(target, self._denied_by(cluster, target, change)) for target, change in changes)

    def _denied_by(self, cluster: str, target: str, change: Callable[..., object]) -> int | None:
        """Try the forbidden change as a dry run, and return what `PolicyProbe.version` tells.

        https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
        """
        tried = f"cannot try whether the admission policy protects {target} in {cluster}"
        try:
            self._server(cluster).call(tried, change, FORBIDDEN_CHANGE, dry_run="All", _content_type=STRATEGIC_MERGE)
        except PolicyDenied as denied:
            return denied.version
        except (MissingRight, Absent):
            return None
        return 0

    def pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        found = [read_pod(item) for item in self._own_pods(cluster, workload) if is_active(item)]
        return tuple(sorted(found, key=lambda each: each.name))

    def rollout(self, cluster: str, workload: Workload) -> Rollout:
        """Where it is not done, `message` names the pods that it waits for, those being deleted too."""
        server = self._server(cluster)
        api = WORKLOAD_APIS[workload.kind]
        tried = f"cannot read {workload} in {cluster}"
        found = api.rollout(server.call(tried, api.read, server.apps, workload.name, workload.namespace))
        if found.done:
            return found
        blocking = sorted(filter(None, map(why_blocking, self._own_pods(cluster, workload))))
        return replace(found, message=f"{found.message} ({'; '.join(blocking)})") if blocking else found

    def mounts(self, cluster: str, workload: Workload) -> tuple[Mount, ...]:
        pods = [item["metadata"] for item in self._own_pods(cluster, workload) if is_active(item)]
        names = {pod["uid"]: pod["name"] for pod in pods}
        if not names:
            return ()
        server, namespace = self._server(cluster), workload.namespace
        tried = f"cannot read what the Secrets Store CSI driver mounted for {workload} in {cluster}"

        def listed(version: str) -> list[Json]:
            resource = (GROUP, version, namespace, "secretproviderclasspodstatuses")
            return list(server.list_all(tried, server.custom.list_namespaced_custom_object, *resource))

        found = [
            read_mount(tried, names[uid], status)
            for status in in_served_version(listed) or ()
            for uid in owning_pods(status)
            if uid in names
        ]
        return tuple(sorted(found, key=lambda each: (each.pod, each.provider_class)))

    def provider_objects(self, cluster: str, namespace: str, name: str) -> tuple[ProviderObject, ...] | None:
        server = self._server(cluster)
        tried = f"cannot read SecretProviderClass {namespace}/{name} in {cluster}"

        def read(version: str) -> Json:
            resource = (GROUP, version, namespace, "secretproviderclasses", name)
            return server.call(tried, server.custom.get_namespaced_custom_object, *resource)

        try:
            found = in_served_version(read)
        except Absent:
            return None
        return None if found is None else read_provider_objects(tried, found)

    def service_address(self, cluster: str, namespace: str, name: str) -> str:
        server = self._server(cluster)
        tried = f"cannot find the address of Service {namespace}/{name} in {cluster}"
        return load_balancer_address(tried, server.call(tried, server.core.read_namespaced_service, name, namespace))

    def restart(self, cluster: str, workload: Workload, cause: str) -> None:
        server = self._server(cluster)
        server.call(
            f"cannot restart {workload} in {cluster}",
            WORKLOAD_APIS[workload.kind].patch,
            server.apps,
            workload.name,
            workload.namespace,
            restart_patch(cause),
            field_manager=FIELD_MANAGER,
            _content_type=STRATEGIC_MERGE,
        )

    def _own_pods(self, cluster: str, workload: Workload) -> list[Json]:
        server = self._server(cluster)
        tried = f"cannot list the pods of namespace {workload.namespace} in {cluster}"
        listed = server.list_all(tried, server.core.list_namespaced_pod, workload.namespace)
        return [item for item in listed if belongs_to(item, workload)]

    def _server(self, cluster: str) -> ApiServer:
        with self._first_use:
            if cluster not in self._servers:
                self._servers[cluster] = ApiServer(self._credentials_of(self._clusters[cluster]))
            return self._servers[cluster]

    def _credentials_of(self, cluster: Cluster) -> ClusterCredentials:
        if cluster.kubeconfig is not None:
            return kubeconfig_credentials(cluster.name, cluster.kubeconfig, self._vault_secret)
        return entra_credentials(cluster.name, cluster.server, self._folder / cluster.ca_file, self._credential)


def load_balancer_address(tried: str, service: Mapping[str, Any]) -> str:
    """Return the first address, or host name, of a v1 Service; raises PermanentError if it has none.

    https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
    """
    for ingress in service["status"].get("loadBalancer", {}).get("ingress", ()):
        if address := ingress.get("ip") or ingress.get("hostname"):
            return str(address)
    kind = service["spec"].get("type", "ClusterIP")
    if kind != "LoadBalancer":
        raise PermanentError(
            f"{tried}: it is of type {kind}, which has no load balancer. "
            f"Name one of type LoadBalancer in the inventory, or none where the pods themselves can be reached."
        )
    raise PermanentError(
        f"{tried}: its load balancer has no address. The events that kubectl describe shows of the Service say why."
    )
