"""Checks between clients, relays and secrets: a user and a password are one client's, and files have one source."""

from collections.abc import Iterator

from shared.inventory.check_references import secret_references
from shared.inventory.clients import Client
from shared.inventory.entries import Entries, EntryProblem
from shared.inventory.relays import Certificate, Relay
from shared.yaml_tree import Path, format_path


def duplicate_users(entries: Entries) -> Iterator[EntryProblem]:
    """Two clients with one user name at one relay."""
    owners: dict[tuple[str, str], str] = {}
    for path, client in entries.each(Client, "user", "relays"):
        for position, relay in enumerate(client.relays):
            owner = owners.setdefault((relay, client.user), str(path[-1]))
            if owner != path[-1]:
                message = f"client {owner} is the user {client.user} of relay {relay} already; one user is one client"
                yield EntryProblem((*path, "relays", position), message)


def duplicate_passwords(entries: Entries) -> Iterator[EntryProblem]:
    """A password that is another client's, or what is no password. Key Vault ignores the case of names."""
    owners: dict[tuple[str, str], str] = {}
    for path, secret in secret_references(entries):
        owners[secret.vault, secret.name.lower()] = f"is no password: {format_path(path)} names it too"
    for path, certificate in entries.each(Certificate, "vault"):
        name = str(path[-1])
        owners[certificate.vault, name.lower()] = f"is no password: certificate {name} keeps its own key there"
    for path, client in entries.each(Client, "vault", "secret"):
        mine = f"is the password of client {path[-1]}"
        owner = owners.setdefault((client.vault, client.secret.lower()), mine)
        if owner != mine:
            where = (*path, "secret") if "secret" in client.model_fields_set else path
            yield EntryProblem(
                where, f"{client.vault}/{client.secret} {owner}; name another secret, one for each client"
            )


def client_file_conflicts(entries: Entries) -> Iterator[EntryProblem]:
    """A Secret that is missing where we write clients' files; keys that mean nothing where something else does."""
    for path, relay in entries.each(Relay, "clients"):
        clients, here = relay.clients, (*path, "clients")
        if clients.sync == "secret" and clients.secret is None:
            message = (
                "is missing; name the Secret that we write a file for each client into, or leave sync out if something "
                "else brings the files"
            )
            yield EntryProblem((*here, "secret"), message)
        for key in ("secret", "content"):
            if clients.sync == "none" and key in clients.model_fields_set:
                message = "is pointless where we write no file, so with sync: none or without secret; leave it out"
                yield EntryProblem((*here, key), message)


def shared_client_secrets(entries: Entries) -> Iterator[EntryProblem]:
    """A Secret for clients that holds something else as well: a user name could be the name of another file."""
    relays = list(entries.each(Relay, "clusters", "workload", "serves", "clients"))
    owners = {
        (cluster, relay.workload.namespace, serves.secret): f"certificates of relay {path[-1]}"
        for path, relay in relays
        for serves in relay.serves
        for cluster in relay.clusters
    }
    for path, relay in relays:
        secret, mine = relay.clients.secret, f"clients of relay {path[-1]}"
        keys = [] if secret is None else [(cluster, relay.workload.namespace, secret) for cluster in relay.clusters]
        other = next((owner for key in keys if (owner := owners.setdefault(key, mine)) != mine), None)
        if other is not None:
            message = f"{secret} holds the {other} in the same cluster; name a Secret for these clients alone"
            yield EntryProblem((*path, "clients", "secret"), message)


def duplicate_lists(entries: Entries) -> Iterator[EntryProblem]:
    """A list from which two relays would learn their clients, or one relay twice."""
    owners: dict[tuple[str, tuple[str, ...]], Path] = {}
    for path, relay in entries.each(Relay, "clients"):
        for position, names in enumerate(relay.clients.lists):
            here = (*path, "clients", "lists", position)
            owner = owners.setdefault((names.path, names.keys), here)
            if owner != here:
                yield EntryProblem(
                    here, f"{format_path(owner)} is the same list; a list is one relay's, and given once"
                )


def unnamed_secrets(entries: Entries) -> Iterator[EntryProblem]:
    """A secret's name by default, where something else reads a secret by each listed user name.

    The Secrets Store CSI driver mounts nothing at all if one of its objects does not exist.
    """
    relays = entries.each(Relay, "clients")
    brought = {path[-1] for path, relay in relays if relay.clients.sync == "none" and relay.clients.lists}
    for path, client in entries.each(Client, "user", "secret", "relays"):
        relay = next((relay for relay in client.relays if relay in brought), None)
        if relay is not None and client.user != path[-1] and "secret" not in client.model_fields_set:
            message = (
                f"is missing, and would be {path[-1]} by default; but what brings the files of relay {relay} reads "
                f"a secret for each listed user, here {client.user}. Write secret: {client.user}, or the name of the "
                "secret that it brings for this user"
            )
            yield EntryProblem((*path, "secret"), message)


def unfit_probe_clients(entries: Entries) -> Iterator[EntryProblem]:
    """A probe client that others depend on, or whose password we may not change where we write its file."""
    clients = {str(path[-1]): client for path, client in entries.each(Client, "relays", "mode")}
    for path, relay in entries.each(Relay, "clients", "probe_client"):
        client = clients.get(relay.probe_client or "")
        if client is None:
            continue
        here, name = (*path, "probe_client"), str(path[-1])
        if client.relays != (name,):
            message = (
                f"{relay.probe_client} belongs to {' and '.join(client.relays)}; a probe client is of one relay alone, "
                f"because its password changes with the files of that relay. Add a client with relays: [{name}]"
            )
            yield EntryProblem(here, message)
        elif relay.clients.sync == "secret" and client.mode != "manage":
            message = (
                f"{relay.probe_client} is only observed, and its password must change with each delivery of the "
                "clients' files; write mode: manage for it"
            )
            yield EntryProblem(here, message)


MOST_ANNOTATIONS = 256 * 1024
"""Bytes that the annotations of one Kubernetes object may have, keys and values together (TotalAnnotationSizeLimitB in
https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go).
"""

ANNOTATION = 260
"""Bytes of a client's annotation without names, with two passwords: so many has a client whose password changes."""


def crowded_secrets(entries: Entries) -> Iterator[EntryProblem]:
    """More clients at a relay than their Secret has room for: each has an annotation there."""
    clients = list(entries.each(Client, "vault", "secret", "relays"))
    for path, relay in entries.each(Relay, "clients"):
        mine = [(client, str(each[-1])) for each, client in clients if path[-1] in client.relays]
        needed = sum(annotation_size(client, name) for client, name in mine)
        if relay.clients.secret is not None and needed > MOST_ANNOTATIONS:
            message = (
                f"{relay.clients.secret} has no room for {len(mine):,} clients: their annotations need {needed:,} "
                f"bytes, and Kubernetes takes {MOST_ANNOTATIONS:,} in one Secret; move some to another relay, which "
                "has a Secret of its own"
            )
            yield EntryProblem((*path, "clients", "secret"), message)


def annotation_size(client: Client, name: str) -> int:
    return ANNOTATION + len(name) + len(client.vault) + len(client.secret)


CLIENT_CHECKS = (
    crowded_secrets,
    duplicate_users,
    duplicate_passwords,
    client_file_conflicts,
    shared_client_secrets,
    duplicate_lists,
    unnamed_secrets,
    unfit_probe_clients,
)
