"""Where things are: vaults, issuers, zones and clusters. Another environment replaces these four sections only."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field

from shared.inventory.fields import (
    ENTRY_CONFIG,
    UNIQUE,
    Contact,
    DelegatedName,
    EntryName,
    Freeze,
    Given,
    HoursText,
    HttpsUrl,
    NameServer,
    ResourceGroup,
    SecretRef,
    Subscription,
    VaultUrl,
    ZoneName,
)
from shared.inventory.names import CHALLENGE

SELF_SIGNED = "self-signed"
"""The built-in issuer: Key Vault's own `Self`, which needs neither an account nor a zone."""

SYSTEM_ROOTS = "system"


class Vault(BaseModel):
    """An Azure Key Vault."""

    model_config = ENTRY_CONFIG
    name: EntryName
    url: VaultUrl
    """Its https URL without a path, for example https://example.vault.azure.net"""


class AcmeIssuer(BaseModel):
    """An ACME authority (RFC 8555), and the account that we hold there."""

    model_config = ENTRY_CONFIG
    name: EntryName
    directory: HttpsUrl
    """The https URL of its directory."""
    account_key: SecretRef
    """The secret that holds the account's key, VAULT/SECRET; made on first use."""
    contact: Contact = ()
    """The e-mail address of the people who run the account, or a list; sent when the account is made."""
    roots: str = Field(default=SYSTEM_ROOTS, min_length=1)
    """What its chains must lead to: `system`, or a PEM file beside the inventory."""


class Zone(BaseModel):
    """A zone in Azure DNS. It covers its name and those below it that no longer zone name covers;
    `_acme-challenge.NAME` covers NAME and *.NAME alone."""

    model_config = ENTRY_CONFIG
    name: ZoneName
    subscription: Subscription
    resource_group: ResourceGroup
    name_servers: tuple[NameServer, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """All servers that must hold a TXT value, address or address:port; found by NS records unless given."""
    resolvers: tuple[NameServer, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """Resolvers to ask, address or address:port; the system's unless given."""
    delegated_from: tuple[DelegatedName, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """Names elsewhere (and all below them) whose _acme-challenge is delegated into this zone by CNAME; written as
    _acme-challenge.NAME, of that name and *.NAME alone."""


class Cluster(BaseModel):
    """A cluster, entered as its kubeconfig says; without one, at `server` with Entra tokens (AKS)."""

    model_config = ENTRY_CONFIG
    name: EntryName
    server: HttpsUrl = ""
    """The https URL of its API server."""
    ca_file: str = Field(default="", min_length=1)
    """The PEM file of the CA that signed the API server's certificate, relative to the inventory."""
    kubeconfig: Given[SecretRef] = None
    """The secret that holds a kubeconfig, VAULT/SECRET, in place of `server` and `ca_file`."""
    asleep: Given[HoursText] = None
    """When it is switched off: [DAYS ]HH:MM-HH:MM ZONE."""
    suspended: Given[Freeze] = None
    """Until when, and why, it is not expected to be there."""
    freeze: tuple[Freeze, ...] = ()
    """Times during which nothing is changed in this cluster."""


def challenge_name(dns_name: str) -> str:
    """Return the name of the TXT record that proves control of a name, or of all names that a wildcard stands for."""
    return f"{CHALLENGE}{dns_name.removeprefix('*.')}"


def covering(dns_name: str, zones: Mapping[str, Iterable[str]]) -> str | None:
    """Return the zone for the challenge of a certificate's name, or None; `zones` maps each to its `delegated_from`."""
    return enclosing(challenge_name(dns_name), zones)


def enclosing(record: str, zones: Mapping[str, Iterable[str]]) -> str | None:
    """Return the zone that a record's name is in, or None. The longest suffix wins, a zone's or a delegated one."""
    owners = {suffix: zone for zone, delegated in zones.items() for suffix in (zone, *delegated)}
    labels = record.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels)))
    return next((owners[suffix] for suffix in candidates if suffix in owners), None)
