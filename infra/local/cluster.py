"""One Kubernetes cluster of a stack, seen from outside: its address, its trust, and its kubeconfig."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.local.addresses import API_SERVER_PORT, Addresses
from infra.local.pki import Authority, KeyPair


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
