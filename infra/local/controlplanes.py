"""Kubernetes control planes of a stack: one etcd, and for each cluster an API server and the workload controllers.

There is no scheduler and no kubelet; the stack's own node runs the pods. The flags:
https://kubernetes.io/docs/reference/command-line-tools-reference/.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from signal import SIGKILL

import yaml

from infra.local.addresses import API_SERVER_PORT, Addresses
from infra.local.cluster import Cluster, prepare_cluster, write_kubeconfig
from infra.local.pki import Authority
from infra.local.processes import Process, Supervisor
from infra.local.readiness import answers
from infra.local.tools import Command, Tools

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
        ready=lambda: answers(f"{cluster.url}/readyz", cluster.ca),
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
