"""How a cluster is entered: as its kubeconfig says, or at its server with Entra tokens, one of the two."""

from collections.abc import Iterator

from shared.inventory.addresses import Cluster
from shared.inventory.raw import Finding, Tree, mapping, misspelt

_WAYS_IN = "allowed are kubeconfig: VAULT/SECRET, and server with ca_file for Entra tokens"


def ways_in(tree: Tree) -> Iterator[Finding]:
    """Clusters with no way in, half a one, or two."""
    for name, entry in mapping(tree.get("clusters")).items():
        if not isinstance(entry, dict):
            continue
        path = ("clusters", name)
        given = {key for key in ("kubeconfig", "server", "ca_file") if key in entry or misspelt(key, entry, Cluster)}
        match sorted(given):
            case []:
                yield Finding(path, f"gives no way in; {_WAYS_IN}")
            case ["ca_file"]:
                yield Finding((*path, "server"), f"is missing, and ca_file alone is no way in; {_WAYS_IN}")
            case ["server"]:
                yield Finding((*path, "ca_file"), "is missing; the API server's certificate is checked against it")
            case ["ca_file", "kubeconfig"]:
                yield Finding((*path, "ca_file"), "goes with server; a kubeconfig has its own CA. Leave it out")
            case [*_, "kubeconfig", "server"]:
                yield Finding(
                    (*path, "kubeconfig"), f"is given beside server, which is one way in too many; {_WAYS_IN}"
                )
