"""A world with clients: a relay whose clients' files we write, a probe client, and two services."""

from collections.abc import Mapping
from dataclasses import replace

from shared.domain.client_status import ClientStatus
from shared.domain.clients.client_file import read_file_annotation
from shared.domain.clients.client_journal import ClientJournal, ClientPlaceState
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.domain.status import FleetStatus
from shared.workflows.watch import ALERTS
from shared.workflows.work import work
from tests.fakes.inventory import Fields, small_inventory
from tests.fakes.keyvault import StoredSecret
from tests.workflows.world import World

SECRET = "relay-clients"  # noqa: S105 its name

CLIENTS: Mapping[str, Fields] = {
    "pcol": {"mode": "manage"},
    "jobs": {"mode": "manage"},
    "probe": {"mode": "manage", "user": "relay-probe"},
}

RELAY: Fields = {"clients": {"secret": SECRET}, "probe_client": "probe", "login_interval": 1}


class ClientWorld(World):
    """A world whose relay has clients; its certificate is served already."""

    def client_journal(self, client: str = "pcol") -> ClientJournal:
        return self.state.clients.read(client)

    def client_state(self, place: str, client: str = "pcol") -> ClientPlaceState:
        return self.client_journal(client).at(place)

    @property
    def logins(self) -> LoginJournal:
        return self.state.logins.read("dev")

    def passwords(self, client: str = "pcol") -> list[StoredSecret]:
        """Return the versions of a client's password, oldest first."""
        return self.vault.secrets.get(("dev", client), [])

    def client_files(self, cluster: str) -> dict[str, bytes]:
        held = self.clusters.secrets.get((cluster, "mailrelay", SECRET))
        return {} if held is None else dict(held.data)

    def versions_in_file(self, cluster: str, client: str = "pcol") -> tuple[str, ...]:
        """Return the versions that the annotation of a client's file names."""
        held = self.clusters.secrets[cluster, "mailrelay", SECRET]
        said = read_file_annotation(client, held.seen())
        return said.versions if said is not None else ()

    def knows_clients(self, *names: str) -> None:
        """Let the last watch have known these clients."""
        status = FleetStatus(clients=dict.fromkeys(names, ClientStatus()))
        self.state.watch.content[ALERTS] = replace(self.state.watch.read(ALERTS), status=status)

    def handle_client(self, client: str = "pcol") -> None:
        """Take one message for a client."""
        work(Message(ObjectRef("client", client), "test"), self.ports)

    def change_clients(self, clients: Mapping[str, Fields], relay: Fields | None = None) -> None:
        """Change the inventory's clients, and its relay."""
        self.inventory = small_inventory({**RELAY, **(relay or {})}, None, clients)


def client_world(clients: Mapping[str, Fields] | None = None, relay: Fields | None = None) -> ClientWorld:
    """Return a world in which the certificate is served, and no client was on-boarded yet."""
    return ClientWorld(small_inventory({**RELAY, **(relay or {})}, None, CLIENTS if clients is None else clients))
