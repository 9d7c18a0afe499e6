"""Who would write which files into which Secret, seen in a tree that may be wrong elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.inventory.names import valid
from shared.inventory.paths import Path
from shared.inventory.raw import Tree, items, mapping, texts
from shared.inventory.relays import Relay
from shared.inventory.syncing import sync_of
from shared.inventory.templates import HOST, check_template, expand
from shared.inventory.values import Workload, workload


@dataclass(frozen=True, slots=True)
class Writer:
    """One entry of a relay's `serves`: its certificate writes `files` into `secret`.

    `wildcards` are the certificate's names that no template with `{host}` can turn into a file; `first` says whether
    the certificate is the first that the relay serves from the Secret. In the files' names `{version}` stays.
    """

    path: Path
    certificate: str
    secret: str
    first: bool
    files: tuple[str, ...]
    wildcards: tuple[str, ...]


def writers(tree: Tree, name: str, relay: Tree) -> Iterator[Writer]:
    """The writers of one relay, as far as its certificates and file templates can be made out."""
    if sync_of(relay) != "secret":
        return
    certificates = mapping(tree.get("certificates"))
    written = templates(relay)
    per_host = any(HOST in template for template in written)
    secrets: set[str] = set()
    served: set[str] = set()
    for position, item in items(relay.get("serves")):
        match item:
            case {"certificate": str(certificate), "secret": str(secret)} if certificate not in served:
                first = secret not in secrets
                served.add(certificate)
                secrets.add(secret)
                dns_names = [host for _, host in texts(mapping(certificates.get(certificate)).get("dns_names"))]
                wildcards = tuple(host for host in dns_names if per_host and host.startswith("*."))
                hosts = [host for host in dict.fromkeys(dns_names) if host not in wildcards]
                files = tuple(file for template in written for file in expand(template, hosts, first=first))
                path = ("relays", name, "serves", position)
                yield Writer(path, certificate, secret, first, files, wildcards)
            case _:
                continue


def templates(relay: Tree) -> Tree:
    """What the relay's files with well-formed names hold, or the default ones if it gives none."""
    files = mapping(relay.get("files", Relay.model_fields["files"].default))
    return {template: content for template, content in files.items() if valid(check_template, template)}


def bearing(relay: Tree) -> tuple[str, ...]:
    """The well-formed names of the files that hold a certificate or its key."""
    return tuple(template for template, content in templates(relay).items() if content != "version")


def workload_of(relay: Tree) -> Workload | None:
    """The relay's workload, if it is well-formed."""
    try:
        return workload(str(relay.get("workload")))
    except ValueError:
        return None
