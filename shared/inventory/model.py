"""The inventory as a whole, and the places where its certificates are served."""

from dataclasses import dataclass, field

from pydantic import Field

from shared.domain.pauses import Pause, Scope
from shared.inventory.alerts import Alerts
from shared.inventory.fields import ENTRY_CONFIG, ByName, Freeze
from shared.inventory.names import KEY_VAULT_NAME
from shared.inventory.pausing import Pausable, scopes_of_issuing, scopes_of_place
from shared.inventory.systems import AcmeIssuer, Cluster, Vault, Zone
from shared.inventory.wanted import Certificate, Relay, Serves


@dataclass(frozen=True, slots=True)
class Place:
    """One relay in one cluster, as one certificate sees it; journals, logs and alerts call it `relay@cluster`.

    `site` is that cluster as the inventory has it; `freezes` are those of the whole inventory, the cluster and the
    relay; `pauses` are those that concern it, where the inventory is `under` any.
    """

    relay: Relay = field(hash=False)
    cluster: str
    serves: Serves
    site: Cluster = field(hash=False)
    freezes: tuple[Freeze, ...] = field(hash=False)
    pauses: tuple[Pause, ...] = field(default=(), hash=False)

    def __str__(self) -> str:
        return f"{self.relay.name}@{self.cluster}"


class Inventory(Pausable):
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
    freeze: tuple[Freeze, ...] = ()
    """Times during which nothing is changed anywhere."""
    alerts: Alerts = Field(default_factory=Alerts)
    """Who hears of what is wrong."""

    def places(self, certificate: str) -> tuple[Place, ...]:
        """Return where the certificate of that name is served, in the order in which new versions arrive."""
        return tuple(
            Place(
                relay,
                cluster,
                serves,
                self.clusters[cluster],
                self.freeze + self.clusters[cluster].freeze + relay.freeze,
                self.pauses_of_place(certificate, relay.name, cluster),
            )
            for relay in self.relays.values()
            for serves in relay.serves
            if serves.certificate == certificate
            for cluster in relay.clusters
        )

    def served_beside(self, certificate: str, relay: Relay) -> tuple[Certificate, ...]:
        """Return the other certificates that a relay serves."""
        return tuple(self.certificates[s.certificate] for s in relay.serves if s.certificate != certificate)


def certificates_in(scope: Scope, inventory: Inventory) -> list[str]:
    """Return the names of the managed certificates that a pause of `scope` affects, in the inventory's order."""
    return [
        name
        for name, certificate in inventory.certificates.items()
        if certificate.mode == "manage"
        and (
            scope in scopes_of_issuing(certificate)
            or any(scope in scopes_of_place(name, p.relay.name, p.cluster) for p in inventory.places(name))
        )
    ]
