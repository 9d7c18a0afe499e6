"""Checks that entries and keys go together: nothing is claimed twice, nothing contradicts or lacks its counterpart."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from shared.inventory.check_references import secret_references
from shared.inventory.endpoints import RelayPort
from shared.inventory.entries import Entries, EntryProblem
from shared.inventory.fields import Workload
from shared.inventory.names import LONGEST_SECRET_KEY, valid
from shared.inventory.relays import (
    ANY_VERSION,
    HOST_FIELD,
    VERSION_FIELD,
    Certificate,
    PublicEndpoint,
    Relay,
    Serves,
    certificate_files,
    expand,
)
from shared.inventory.systems import Cluster, Vault, Zone
from shared.yaml_tree import Path

_WAYS_IN = "allowed are kubeconfig: VAULT/SECRET, and server with ca_file for Entra tokens"


def duplicate_addresses(entries: Entries) -> Iterator[EntryProblem]:
    """Two vaults or two clusters at one address: work done at one would be reported for both."""
    owners: dict[tuple[str, str], Path] = {}
    for model, key in ((Vault, "url"), (Cluster, "server"), (Cluster, "kubeconfig")):
        for path, address in entries.values(model, key):
            owner = owners.setdefault((key, str(address).rstrip("/").lower()), path)
            if address and owner != path:
                yield EntryProblem(path, f"{owner[1]} has this {key} already; each needs its own")


def duplicate_vault_objects(entries: Entries) -> Iterator[EntryProblem]:
    """Names that meet in one vault: Key Vault ignores their case, and keeps a secret of each certificate's name."""
    owners: dict[tuple[str, str], str] = {}
    for path, certificate in entries.each(Certificate, "vault"):
        name = str(path[-1])
        owner = owners.setdefault((certificate.vault, name.lower()), name)
        if owner != name:
            message = f"differs from {owner} in case only, which Key Vault ignores; allowed is another name or vault"
            yield EntryProblem(path, message)
    for path, secret in secret_references(entries):
        if owner := owners.get((secret.vault, secret.name.lower()), ""):
            yield EntryProblem(path, f"{secret} is where certificate {owner} keeps its own key; name another secret")


def duplicate_suffixes(entries: Entries) -> Iterator[EntryProblem]:
    """A suffix that two zones claim."""
    owners = dict.fromkeys(entries.names("zones") or (), "")
    for path, zone in entries.each(Zone, "delegated_from"):
        name = str(path[-1])
        for position, suffix in enumerate(zone.delegated_from):
            owner = owners.setdefault(suffix, name)
            if owner != name:
                claim = f"zone {owner} lists it too" if owner else "it is a zone of its own"
                yield EntryProblem((*path, "delegated_from", position), f"{suffix} is covered already: {claim}")


def cluster_access_errors(entries: Entries) -> Iterator[EntryProblem]:
    """Clusters with no way in, half a way, or two ways."""
    keys = ("ca_file", "kubeconfig", "server")
    for path, cluster in entries.each(Cluster, *keys):
        match [key for key in keys if key in cluster.model_fields_set]:
            case []:
                yield EntryProblem(path, f"gives no way in; {_WAYS_IN}")
            case ["ca_file"]:
                yield EntryProblem((*path, "server"), f"is missing, and ca_file alone is no way in; {_WAYS_IN}")
            case ["server"]:
                yield EntryProblem((*path, "ca_file"), "is missing; the API server's certificate is checked against it")
            case ["ca_file", "kubeconfig"]:
                yield EntryProblem((*path, "ca_file"), "goes with server; a kubeconfig has its own CA. Leave it out")
            case [*_, "kubeconfig", "server"]:
                message = f"is given beside server, which is one way in too many; {_WAYS_IN}"
                yield EntryProblem((*path, "kubeconfig"), message)


def duplicate_ports(entries: Entries) -> Iterator[EntryProblem]:
    """Ports of the pods that are listed twice, with different ports of the Service."""
    for path, relay in entries.each(Relay, "ports"):
        owners: dict[int, RelayPort] = {}
        for position, port in enumerate(relay.ports):
            owner = owners.setdefault(port.pod, port)
            if owner is not port:
                message = f"port {port.pod} of the pods is listed already, as {owner}; allowed is once"
                yield EntryProblem((*path, "ports", position), message)


def unused_resolvers(entries: Entries) -> Iterator[EntryProblem]:
    """Resolvers for a host that is an address."""
    for path, endpoint in entries.each(PublicEndpoint, "host", "resolver"):
        if endpoint.resolver is not None and valid(ipaddress.ip_address, endpoint.host):
            message = f"has nothing to resolve, for {endpoint.host} is an address; leave it out"
            yield EntryProblem((*path, "resolver"), message)


def senders_without_recipient(entries: Entries) -> Iterator[EntryProblem]:
    """A sender of mail that is offered to nobody."""
    for path, relay in entries.each(Relay, "refuses_unauthenticated", "unauthenticated_sender"):
        if relay.unauthenticated_sender is not None and relay.refuses_unauthenticated is None:
            message = "is pointless without refuses_unauthenticated, the recipient; give both or neither"
            yield EntryProblem((*path, "unauthenticated_sender"), message)


def duplicate_certificates(entries: Entries) -> Iterator[EntryProblem]:
    """Certificates that one relay lists twice."""
    served: set[tuple[Path, str]] = set()
    for path, serves in entries.each(Serves, "certificate"):
        claim = (path[:2], serves.certificate)
        if claim in served:
            message = f"{serves.certificate} is served already; a relay lists each certificate once"
            yield EntryProblem((*path, "certificate"), message)
        served.add(claim)


def sync_conflicts(entries: Entries) -> Iterator[EntryProblem]:
    """Secrets that are missing where we write them; keys that mean nothing where something else brings the files."""
    pointless = "is pointless with sync: none, by which no Secret is read or written; leave out one of the two"
    missing = (
        "is missing; name the Secret that we write its files into, or give the relay sync: none if something else "
        "brings them"
    )
    synced = {path: relay.sync for path, relay in entries.each(Relay, "sync")}
    for path, relay in entries.each(Relay, "sync"):
        for key in ("files", "adopt"):
            if relay.sync == "none" and key in relay.model_fields_set:
                yield EntryProblem((*path, key), pointless)
    for path, serves in entries.each(Serves, "secret"):
        sync = synced.get(path[:2])
        if sync == "secret" and serves.secret is None:
            yield EntryProblem((*path, "secret"), missing)
        if sync == "none" and serves.secret is not None:
            yield EntryProblem((*path, "secret"), pointless)


def version_file_errors(entries: Entries) -> Iterator[EntryProblem]:
    """Files that name the current version where nobody can find them, or without a certificate beside them."""
    for path, relay in entries.each(Relay, "sync", "files"):
        if relay.sync == "none":
            continue
        for template, content in relay.files.items():
            if content == "version" and VERSION_FIELD in template:
                message = (
                    f"holds the version's name, but nobody can find it without that name; leave {VERSION_FIELD} out"
                )
                yield EntryProblem((*path, "files", template), message)
        if not certificate_files(relay):
            yield EntryProblem((*path, "files"), "hold no certificate; add a bundle, or a chain and a key")


def unwritable_files(entries: Entries) -> Iterator[EntryProblem]:
    """Within one relay: certificates that are in no file, names that no file can have, files with two writers."""
    for _, relay, writers in _writers(entries):
        owners: dict[tuple[str, str], str] = {}
        for writer in writers:
            yield from _nameless(writer, relay)
            yield from _too_long(writer)
            yield from _written_twice(writer, owners)


def shared_workloads(entries: Entries) -> Iterator[EntryProblem]:
    """A workload that two relays of one cluster would both change."""
    owners: dict[tuple[str, Workload], Path] = {}
    for path, relay in entries.each(Relay, "clusters", "workload"):
        claimed = [owners.setdefault((cluster, relay.workload), path) for cluster in relay.clusters]
        twin = next((other for other in claimed if other != path), None)
        if twin is not None:
            message = (
                f"relay {twin[-1]} has {relay.workload} in the same cluster; one relay serves all certificates of a "
                "workload"
            )
            yield EntryProblem((*path, "workload"), message)


def shared_files(entries: Entries) -> Iterator[EntryProblem]:
    """A file of a Secret that two relays of one cluster, with different workloads, would both write."""
    placed = dict(entries.each(Relay, "clusters", "workload"))
    owners: dict[tuple[str, str, str, str], Path] = {}
    for path, relay, writers in _writers(entries):
        if path not in placed:
            continue
        for writer in writers:
            files = [(cluster, writer.secret, file) for cluster in relay.clusters for file in writer.files]
            for cluster, secret, file in files:
                owner = owners.setdefault((cluster, relay.workload.namespace, secret, file), path)
                if placed[owner].workload != relay.workload:
                    full_name = f"{relay.workload.namespace}/{secret}"
                    message = f"relay {owner[-1]} writes {file} into Secret {full_name} in {cluster} already"
                    yield EntryProblem((*writer.path, "secret"), f"{message}; name another Secret")
                    break


@dataclass(frozen=True, slots=True)
class _Writer:
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


def _writers(entries: Entries) -> Iterator[tuple[Path, Relay, list[_Writer]]]:
    """Yield each relay whose Secrets we write, and who writes into them; a certificate that is listed twice, once."""
    dns_names = {path[-1]: certificate.dns_names for path, certificate in entries.each(Certificate, "dns_names")}
    for path, relay in entries.each(Relay, "sync", "files", "serves"):
        per_host = any(HOST_FIELD in template for template in relay.files)
        writers: dict[str, _Writer] = {}
        for position, serves in enumerate(relay.serves):
            if relay.sync == "none" or serves.secret is None or serves.certificate in writers:
                continue
            hosts = dns_names.get(serves.certificate, ())
            wildcards = tuple(host for host in hosts if per_host and host.startswith("*."))
            nameable = [host for host in dict.fromkeys(hosts) if host not in wildcards]
            first = all(writer.secret != serves.secret for writer in writers.values())
            files = tuple(file for template in relay.files for file in expand(template, nameable, first=first))
            writers[serves.certificate] = _Writer(
                (*path, "serves", position), serves.certificate, serves.secret, first, files, wildcards
            )
        yield path, relay, list(writers.values())


def _nameless(writer: _Writer, relay: Relay) -> Iterator[EntryProblem]:
    for wildcard in writer.wildcards:
        message = (
            f"{wildcard} cannot be part of a file name, because a Secret's keys hold no *; give the relay file names "
            f"without {HOST_FIELD}, or leave the wildcard out"
        )
        yield EntryProblem((*writer.path, "certificate"), message)
    if not (writer.first or any(HOST_FIELD in template for template in certificate_files(relay))):
        message = (
            f"{writer.certificate} would be in no file of Secret {writer.secret}: a file without {HOST_FIELD} in its "
            f"name is the first certificate's. Give it a Secret of its own, or put {HOST_FIELD} into its file's name"
        )
        yield EntryProblem((*writer.path, "secret"), message)


def _too_long(writer: _Writer) -> Iterator[EntryProblem]:
    for file in writer.files:
        length = len(file.replace(VERSION_FIELD, ANY_VERSION))
        if length > LONGEST_SECRET_KEY:
            message = (
                f"the file {file} would have a name of {length} characters; a Secret takes {LONGEST_SECRET_KEY}. Give "
                "the relay shorter file names"
            )
            yield EntryProblem((*writer.path, "certificate"), message)


def _written_twice(writer: _Writer, owners: dict[tuple[str, str], str]) -> Iterator[EntryProblem]:
    """Add the writer's files to `owners`; report the first that has an owner already."""
    twice = []
    mine: set[str] = set()
    for file in writer.files:
        owner = owners.setdefault((writer.secret, file), writer.certificate)
        if owner != writer.certificate or file in mine:
            twice.append((file, owner))
        mine.add(file)
    if twice:
        file, owner = twice[0]
        also = "two templates give it" if owner == writer.certificate else f"{owner} writes it too"
        message = f"{writer.certificate} writes {file} into Secret {writer.secret}, and {also}; a file has one writer"
        yield EntryProblem((*writer.path, "secret"), message)


CONFLICT_CHECKS = (
    duplicate_addresses,
    duplicate_vault_objects,
    duplicate_suffixes,
    cluster_access_errors,
    duplicate_ports,
    unused_resolvers,
    senders_without_recipient,
    duplicate_certificates,
    sync_conflicts,
    version_file_errors,
    unwritable_files,
    shared_workloads,
    shared_files,
)
