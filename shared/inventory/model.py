"""The inventory as a whole."""

from dataclasses import dataclass, field

from pydantic import BaseModel, Field, PrivateAttr

from shared.domain.pauses import ESTATE, Pause, Scope, longest, within
from shared.inventory.addresses import AcmeIssuer, Cluster, Vault, Zone
from shared.inventory.alerts import Alerts
from shared.inventory.certificates import Certificate
from shared.inventory.fields import SHAPE, Entries
from shared.inventory.freezes import Freeze
from shared.inventory.names import KEY_VAULT_NAME
from shared.inventory.relays import Relay, Serves


@dataclass(frozen=True, slots=True)
class Place:
    """One relay in one cluster, as one certificate sees it; journals, logs and alerts call it `relay@cluster`.

    `site` is that cluster as the inventory has it; `freezes` are those of the estate, the cluster and the relay;
    `pauses` are those that concern it, where the inventory is `under` any.
    """

    relay: Relay = field(hash=False)
    cluster: str
    serves: Serves
    site: Cluster = field(hash=False)
    freezes: tuple[Freeze, ...] = field(hash=False)
    pauses: tuple[Pause, ...] = field(default=(), hash=False)

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
    freeze: tuple[Freeze, ...] = ()
    """Times during which nothing is changed anywhere."""
    alerts: Alerts = Field(default_factory=Alerts)
    """Who hears of what is wrong."""
    _pauses: tuple[Pause, ...] = PrivateAttr(default=())

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The pauses that it is under."""
        return self._pauses

    def under(self, pauses: tuple[Pause, ...]) -> "Inventory":
        """Return the inventory as it is while these pauses are in force."""
        paused = self.model_copy()
        paused._pauses = pauses  # noqa: SLF001 its own
        return paused

    def pause_of(self, certificate: str) -> Pause | None:
        """Return what keeps everything about the certificate of that name as it is."""
        return longest(within(self._pauses, ESTATE, Scope("certificate", certificate)))

    def pause_of_issuing(self, certificate: Certificate) -> Pause | None:
        """Return what keeps the certificate from being issued."""
        return longest(within(self._pauses, *scopes_of_issuing(certificate)))

    def places(self, certificate: str) -> tuple[Place, ...]:
        """Where the certificate of that name is served, in the order in which new versions arrive."""
        return tuple(
            Place(relay, name, serves, site, self.freeze + site.freeze + relay.freeze, within(self._pauses, *scopes))
            for relay in self.relays.values()
            for serves in relay.serves
            if serves.certificate == certificate
            for name in relay.clusters
            for site in (self.clusters[name],)
            for scopes in (scopes_of_place(certificate, relay.name, name),)
        )

    def served_beside(self, certificate: str, relay: Relay) -> tuple[Certificate, ...]:
        """Return the other certificates that a relay serves."""
        return tuple(self.certificates[s.certificate] for s in relay.serves if s.certificate != certificate)


def certificates_in(scope: Scope, inventory: Inventory) -> list[str]:
    """Name the managed certificates of which a pause of `scope` holds anything, in the inventory's order."""
    return [
        name
        for name, certificate in inventory.certificates.items()
        if certificate.mode == "manage"
        and (
            scope in scopes_of_issuing(certificate)
            or any(scope in scopes_of_place(name, p.relay.name, p.cluster) for p in inventory.places(name))
        )
    ]


def scopes_of_issuing(certificate: Certificate) -> tuple[Scope, ...]:
    """Name every scope whose pause keeps the certificate from being issued."""
    return ESTATE, Scope("certificate", certificate.name), Scope("issuer", certificate.issuer)


def scopes_of_place(certificate: str, relay: str, cluster: str) -> tuple[Scope, ...]:
    """Name every scope whose pause keeps a place as it is."""
    return ESTATE, Scope("certificate", certificate), Scope("relay", relay), Scope("cluster", cluster)
