"""The inventory as a whole."""

from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from shared.domain.inventory.addresses import SHAPE, AcmeIssuer, Cluster, Vault, Zone
from shared.domain.inventory.fields import Entries
from shared.domain.inventory.names import KEY_VAULT_NAME
from shared.domain.inventory.wishes import Certificate, Relay, Serves


@dataclass(frozen=True, slots=True)
class Place:
    """One relay in one cluster, as one certificate sees it; journals, logs and alerts call it `relay@cluster`."""

    relay: Relay = field(hash=False)
    cluster: str
    serves: Serves

    def __str__(self) -> str:
        return f"{self.relay.name}@{self.cluster}"


class Inventory(BaseModel):
    """Where things are (vaults, issuers, zones, clusters) and what we want (certificates, relays)."""

    model_config = SHAPE
    vaults: Entries[Vault]
    """Key vaults by the name that the rest of the inventory calls them."""
    issuers: Entries[AcmeIssuer] = Field(default={}, validate_default=True)
    """ACME authorities by name; `self-signed` is built in."""
    zones: Entries[Zone] = Field(default={}, validate_default=True)
    """DNS zones by their DNS name; the longest match wins."""
    clusters: Entries[Cluster] = Field(default={}, validate_default=True)
    """Clusters by name."""
    certificates: Entries[Certificate] = Field(json_schema_extra={"propertyNames": {"pattern": KEY_VAULT_NAME}})
    """Certificates by their name in Key Vault: letters, digits and dashes."""
    relays: Entries[Relay] = Field(default={}, validate_default=True)
    """Relays by name."""

    def places(self, certificate: str) -> tuple[Place, ...]:
        """Where the certificate of that name is served, in the order in which new versions arrive."""
        return tuple(
            Place(relay, cluster, serves)
            for relay in self.relays.values()
            for serves in relay.serves
            if serves.certificate == certificate
            for cluster in relay.clusters
        )
