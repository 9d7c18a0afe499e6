"""The inventory as a whole, and the places where its certificates are served."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from shared.inventory.alerts import Alerts
from shared.inventory.clients import Client
from shared.inventory.fields import ENTRY_CONFIG, ByName, Freeze
from shared.inventory.names import KEY_VAULT_NAME
from shared.inventory.relays import Certificate, Relay
from shared.inventory.systems import AcmeIssuer, Cluster, Vault, Zone


@dataclass(frozen=True, slots=True)
class Place:
    """One relay in one cluster; journals, logs and alerts call it `relay@cluster`.

    `site` is that cluster as the inventory has it; `freezes` are those of the whole inventory, the cluster and the
    relay.
    """

    relay: Relay = field(hash=False)
    cluster: str
    site: Cluster = field(hash=False)
    freezes: tuple[Freeze, ...] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.relay.name}@{self.cluster}"


class Inventory(BaseModel):
    """Where things are (vaults, issuers, zones, clusters) and what we want (certificates, relays)."""

    model_config = ENTRY_CONFIG
    vaults: ByName[Vault]
    """Key vaults by the name that the rest of the inventory calls them."""
    issuers: ByName[AcmeIssuer] = Field(default={}, validate_default=True)
    """ACME authorities by name; `self-signed` is built in."""
    zones: ByName[Zone] = Field(default={}, validate_default=True)
    """DNS zones by their DNS name; the longest match wins."""
    clusters: ByName[Cluster] = Field(default={}, validate_default=True)
    """Clusters by name."""
    certificates: ByName[Certificate] = Field(json_schema_extra={"propertyNames": {"pattern": KEY_VAULT_NAME}})
    """Certificates by their name in Key Vault: letters, digits and dashes."""
    relays: ByName[Relay] = Field(default={}, validate_default=True)
    """Relays by name."""
    clients: ByName[Client] = Field(default={}, validate_default=True)
    """Services that log in to relays, by their ID."""
    freeze: tuple[Freeze, ...] = ()
    """Times during which nothing is changed anywhere."""
    alerts: Alerts = Field(default_factory=Alerts)
    """Who hears of what is wrong."""

    def places(self, certificate: str) -> tuple[Place, ...]:
        """Return where the certificate of that name is served, in the order in which new versions arrive."""
        return tuple(
            place
            for relay in self.relays.values()
            if any(serves.certificate == certificate for serves in relay.serves)
            for place in self.places_of(relay)
        )

    def places_of(self, relay: Relay) -> tuple[Place, ...]:
        """Return the relay in each of its clusters, in the order in which anything new arrives."""
        return tuple(
            Place(relay, cluster, self.clusters[cluster], self.freeze + self.clusters[cluster].freeze + relay.freeze)
            for cluster in relay.clusters
        )

    def client_places(self, client: Client) -> tuple[Place, ...]:
        """Return where the client is to be accepted, in the order in which anything new arrives."""
        return tuple(place for name in client.relays for place in self.places_of(self.relays[name]))

    def clients_probes_last(self) -> tuple[Client, ...]:
        """Return every client, relays' probe clients last, because these prove what the others have just got."""
        probes = {relay.probe_client for relay in self.relays.values()}
        return tuple(sorted(self.clients.values(), key=lambda client: client.name in probes))

    def clients_of(self, relay: str) -> tuple[Client, ...]:
        """Return the clients that the relay of that name is to accept."""
        return tuple(client for client in self.clients.values() if relay in client.relays)

    @property
    def owner_routes(self) -> Mapping[str, str]:
        """The route of each client's owner, by client, where it has one."""
        owners = {name: client.owner for name, client in self.clients.items()}
        return {name: each.route for name, each in owners.items() if each is not None and each.route is not None}

    def clients_vault(self, relay: Relay) -> str | None:
        """Return the vault of a secret that a relay lists and no client has: the one that the relay names, else the one
        that its clients have in common; None where there is none."""
        common = {client.vault for client in self.clients_of(relay.name)}
        return relay.clients.vault or (common.pop() if len(common) == 1 else None)

    def served_beside(self, certificate: str, relay: Relay) -> tuple[Certificate, ...]:
        """Return the other certificates that a relay serves."""
        return tuple(self.certificates[s.certificate] for s in relay.serves if s.certificate != certificate)
