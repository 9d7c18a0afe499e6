"""The Kubernetes clusters of a stack: control planes, the rights of our identity there, and kubeconfigs.

One etcd, and for each cluster an API server and the workload controllers. There is no scheduler and no kubelet; the
stack's own node runs the pods. Rights are the files of infra/kubernetes, as an overlay of kustomize applies them.
Flags: https://kubernetes.io/docs/reference/command-line-tools-reference/.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

import yaml

from infra.local.loopback import API_SERVER_PORT, Addresses
from infra.local.pki import Authority, KeyPair
from infra.local.processes import Process, Supervisor, answers
from infra.local.tools import Command, Tools


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster whose API server proves itself with `server`, which `ca` (PEM) signed, and obeys `admin` in all.

    `ca` is this cluster's alone, as with AKS. `kubeconfig` is where the administrator's credentials go.
    """

    name: str
    address: str
    ca: Path
    server: KeyPair
    admin: KeyPair
    kubeconfig: Path

    @property
    def url(self) -> str:
        return f"https://{self.address}:{API_SERVER_PORT}"


def prepare_cluster(name: str, folder: Path, addresses: Addresses) -> Cluster:
    """Make the cluster's keys, in `folder/pki`, and its kubeconfig, in `folder/kubeconfigs/<name>.yaml`."""
    address = addresses.api_server(name)
    root = Authority.create(folder / "pki", name)
    cluster = Cluster(
        name,
        address,
        ca=root.path,
        server=root.issue("apiserver", addresses=[address]),
        admin=root.issue("admin", client=True, organizations=["system:masters"]),
        kubeconfig=folder / "kubeconfigs" / f"{name}.yaml",
    )
    write_kubeconfig(cluster.kubeconfig, [cluster])
    return cluster


def write_kubeconfig(path: Path, clusters: Iterable[Cluster]) -> None:
    """Write a context for each cluster, named like it.

    The format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
    """
    contexts = [
        {
            "cluster": {"server": cluster.url, "certificate-authority": str(cluster.ca)},
            "user": {"client-certificate": str(cluster.admin.certificate), "client-key": str(cluster.admin.key)},
            "context": {"cluster": cluster.name, "user": cluster.name},
            "name": cluster.name,
        }
        for cluster in clusters
    ]
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[0]["name"],
        **{
            f"{part}s": [{"name": context["name"], part: context[part]} for context in contexts]
            for part in ("cluster", "user", "context")
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))


AKS_AUDIENCE = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""Entra's application id for every AKS API server: https://azure.github.io/kubelogin/concepts/aks.html."""

CONTROLLERS_PORT = 10257

CONTROLLERS = (
    "statefulset-controller",
    "deployment-controller",
    "replicaset-controller",
    "disruption-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-token-controller",  # gives tokens to Secrets that ask for one, as in any cluster
)


def start_control_planes(
    supervisor: Supervisor,
    folder: Path,
    addresses: Addresses,
    tools: Tools,
    authority: Authority,
    names: Sequence[str],
) -> tuple[Cluster, ...]:
    """Start empty clusters of these names (out of `addresses.CLUSTERS`) side by side, and return when they serve.

    `folder/kubeconfigs` holds `<name>.yaml` of each and `all.yaml`. They trust tokens of `addresses.issuer`, once they
    have reached it: an API server tries every ten seconds and calls itself ready meanwhile, so start that first.
    """
    programs = tools.control_plane
    clusters = tuple(prepare_cluster(name, folder, addresses) for name in names)
    write_kubeconfig(folder / "kubeconfigs" / "all.yaml", clusters)
    authentication = folder / "authentication.yaml"
    authentication.write_text(trust_in(addresses.issuer, authority))

    supervisor.wait(launch_etcd(supervisor, folder / "etcd", addresses.etcd, programs.etcd))
    supervisor.wait(
        *(
            launch_api_server(supervisor, cluster, addresses.etcd, authentication, programs.apiserver)
            for cluster in clusters
        )
    )
    supervisor.wait(*(launch_controllers(supervisor, cluster, programs.controller_manager) for cluster in clusters))
    return clusters


def launch_etcd(supervisor: Supervisor, place: Path, address: str, program: Command) -> Process:
    """Start an empty etcd for clients on port 2379."""
    shutil.rmtree(place, ignore_errors=True)
    clients, peers = f"http://{address}:2379", f"http://{address}:2380"
    return supervisor.launch(
        "etcd",
        [
            *program,
            f"--data-dir={place}",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        ],
        ready=lambda: answers(f"{clients}/readyz"),
    )


def launch_api_server(
    supervisor: Supervisor, cluster: Cluster, etcd: str, authentication: Path, program: Command
) -> Process:
    """Start the cluster's API server, with a part of etcd to itself."""
    return supervisor.launch(
        f"{cluster.name}-apiserver",
        [
            *program,
            f"--etcd-servers=http://{etcd}:2379",
            f"--etcd-prefix=/{cluster.name}",
            f"--bind-address={cluster.address}",
            f"--advertise-address={cluster.address}",
            f"--secure-port={API_SERVER_PORT}",
            f"--tls-cert-file={cluster.server.certificate}",
            f"--tls-private-key-file={cluster.server.key}",
            f"--client-ca-file={cluster.ca}",
            f"--authentication-config={authentication}",
            "--authorization-mode=RBAC",
            # Pods here use no service accounts; the token controller signs with the same key.
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={cluster.server.certificate}",
            f"--service-account-signing-key-file={cluster.server.key}",
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
            # Endpoints refuse loopback addresses such as its own.
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
        ],
        # Until its own roles exist it forbids even this; controllers that start meanwhile give up after ten seconds.
        ready=lambda: answers(f"{cluster.url}/readyz", cluster.ca, below=300),
        # It keeps nothing, and would drain for a second.
        stop_signal=SIGKILL,
    )


def launch_controllers(supervisor: Supervisor, cluster: Cluster, program: Command) -> Process:
    """Start the cluster's controllers; they end at once if its API server is not ready for ten seconds."""
    return supervisor.launch(
        f"{cluster.name}-controllers",
        [
            *program,
            f"--kubeconfig={cluster.kubeconfig}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            f"--service-account-private-key-file={cluster.server.key}",
            f"--bind-address={cluster.address}",
            f"--secure-port={CONTROLLERS_PORT}",
            f"--tls-cert-file={cluster.server.certificate}",
            f"--tls-private-key-file={cluster.server.key}",
        ],
        ready=lambda: answers(f"https://{cluster.address}:{CONTROLLERS_PORT}/healthz", cluster.ca),
    )


def trust_in(issuer: str, authority: Authority) -> str:
    """The API server's authentication file: like AKS it knows an Entra identity by its object id.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration
    """
    entra = {
        "issuer": {
            "url": issuer,
            "audiences": [AKS_AUDIENCE],
            "certificateAuthority": authority.path.read_text(),
        },
        "claimMappings": {"username": {"claim": "oid", "prefix": ""}},
    }
    return yaml.safe_dump(
        {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": [entra]}
    )


ACCESS = Path(__file__).parents[1] / "kubernetes"

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Whom the files name, for an overlay to replace."""


def rights(piece: str, user: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of one folder, and of those that it builds on, for this user."""
    folder = ACCESS / piece
    for resource in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = (folder / resource).resolve()
        if path.is_dir():
            yield from rights(path.name, user)
        else:
            yield yaml.safe_load(path.read_text().replace(NOBODY, user))
