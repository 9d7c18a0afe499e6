"""What swaks sees when each client logs in at each replica, as a table for people and rows for `demo.json`."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.demo.report import SHORT, lay_out, replicas
from infra.local.swaks import log_in_with_swaks
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.inventory import Place
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.observe_client import password_ref

HEADINGS = ("client", "user", "version", "place", "pod", "swaks got")

AT_ONCE = 4
"""Logins side by side."""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client at one replica: the reply that ended its login."""

    client: Client
    version: Version
    place: Place
    pod: str
    reply: str

    @property
    def accepted(self) -> bool:
        return self.reply.startswith("235 ")


def log_clients_in(ports: Ports, kubeconfigs: Path) -> list[ClientRow]:
    """Log each client in at each replica that the clusters' own API names, with the password that the vault has.

    Probe clients are left out: each cluster has another password for its own.
    """
    probes = {relay.probe_client for relay in ports.inventory.relays.values()}
    clients = [client for client in ports.inventory.clients.values() if client.name not in probes]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda login: log_one_in(ports, *login), all_logins(clients, ports, kubeconfigs)))


def all_logins(
    clients: Sequence[Client], ports: Ports, kubeconfigs: Path
) -> Iterator[tuple[Client, StoredPassword, Place, str, str]]:
    for client in clients:
        stored = ports.vault.password(password_ref(client))
        assert stored is not None, f"{client.name} has a password"
        for place in ports.inventory.client_places(client):
            for pod, address in replicas(place, kubeconfigs):
                yield client, stored, place, pod, address


def log_one_in(ports: Ports, client: Client, stored: StoredPassword, place: Place, pod: str, address: str) -> ClientRow:
    name = ports.inventory.certificates[place.relay.first].dns_names[0]
    reply = log_in_with_swaks(address, place.relay.ports[0].pod, name, client.user, stored.password)
    return ClientRow(client, stored.version, place, pod, reply)


def client_table(rows: Sequence[ClientRow]) -> str:
    """Lay the rows out in columns."""
    return lay_out(
        HEADINGS,
        [(row.client.name, row.client.user, row.version[:SHORT], str(row.place), row.pod, row.reply) for row in rows],
    )


def client_result(rows: Sequence[ClientRow]) -> list[dict[str, Any]]:
    """Return what `demo.json` holds of the clients."""
    return [
        {
            "client": row.client.name,
            "user": row.client.user,
            "version": row.version,
            "cluster": row.place.cluster,
            "pod": row.pod,
            "reply": row.reply,
        }
        for row in rows
    ]
