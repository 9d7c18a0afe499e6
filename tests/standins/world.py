"""Who and what there is: identities, vaults, a zone, and the configurations of the three stand-ins."""

import secrets
from pathlib import Path

from infra.local.loopback import VAULTS, Addresses
from infra.local.pki import KeyPair
from infra.local.standins.azuredns.record_sets import Primary
from infra.local.standins.azuredns.service import Config as DnsConfig
from infra.local.standins.identity.issuing import Config as IdentityConfig
from infra.local.standins.identity.issuing import Identity
from infra.local.standins.serving import Listener
from infra.local.standins.tokens import Assignment, Trust
from infra.local.standins.vault.access import Config as VaultConfig
from infra.local.standins.vault.access import VaultListener
from tests.standins.primary import ZONE

TENANT = "11111111-2222-3333-4444-555555555555"
SUBSCRIPTION, GROUP = "66666666-7777-8888-9999-000000000000", "dns"
HEADER = secrets.token_urlsafe()

OFFICER = Identity("officer-client", "officer-object", system=True)
"""May do everything in the vault dev and in the zone."""
READER = Identity("reader-client", "reader-object")
"""May read certificates in the vault dev, one secret there, and the record sets of the zone."""
WRITER = Identity("writer-client", "writer-object")
"""Reads and writes one record set, by a custom role."""

READERS_SECRET = "for-the-reader"  # noqa: S105 its name
WRITERS_RECORD_SET = "_acme-challenge.one"

_CUSTOM_ROLE = ("Microsoft.Network/dnsZones/TXT/read", "Microsoft.Network/dnsZones/TXT/write")
_READER_ROLE = ("Microsoft.Network/dnsZones/*/read",)


def https(url: str, server: KeyPair) -> Listener:
    """A listener at this URL."""
    address, _, port = url.removeprefix("https://").partition(":")
    return Listener(address, int(port), str(server.certificate), str(server.key))


def vaults(addresses: Addresses, server: KeyPair) -> tuple[VaultListener, ...]:
    """The vaults dev and prod."""
    return tuple(VaultListener(name, https(addresses.vault(name), server)) for name in VAULTS)


def identity_config(addresses: Addresses, server: KeyPair) -> IdentityConfig:
    """The system identity is the officer."""
    return IdentityConfig(
        endpoint=Listener(addresses.identity, 8080),
        issuer=https(addresses.issuer, server),
        tenant=TENANT,
        header=HEADER,
        identities=(OFFICER, READER, WRITER),
        resources=tuple(vault.resource for vault in vaults(addresses, server)),
    )


def trust(addresses: Addresses, authority: Path) -> Trust:
    """Tokens as Entra issues them for vaults and for Resource Manager."""
    return Trust(f"https://sts.windows.net/{TENANT}/", f"{addresses.issuer}/discovery/keys", str(authority))


def vault_config(addresses: Addresses, server: KeyPair, authority: Path) -> VaultConfig:
    """Nobody has a role in the vault prod."""
    assignments = (
        Assignment(OFFICER.object_id, "Key Vault Certificates Officer", "dev"),
        Assignment(OFFICER.object_id, "Key Vault Secrets Officer", "dev"),
        Assignment(READER.object_id, "Key Vault Reader", "dev"),
        Assignment(READER.object_id, "Key Vault Secrets User", f"dev/secrets/{READERS_SECRET}"),
    )
    return VaultConfig(vaults(addresses, server), trust(addresses, authority), TENANT, assignments)


def dns_config(addresses: Addresses, primary: Primary, server: KeyPair, authority: Path) -> DnsConfig:
    """One zone, with a built-in role and two custom ones."""
    return DnsConfig(
        listener=https(addresses.arm, server),
        trust=trust(addresses, authority),
        subscription=SUBSCRIPTION,
        resource_group=GROUP,
        zones={ZONE: (f"ns1.{ZONE}",)},
        primary=primary,
        assignments=(
            Assignment(OFFICER.object_id, "DNS Zone Contributor", ZONE),
            Assignment(READER.object_id, "Zone reader", ZONE),
            Assignment(WRITER.object_id, "Record set writer", f"{ZONE}/TXT/{WRITERS_RECORD_SET}"),
        ),
        roles={"Zone reader": _READER_ROLE, "Record set writer": _CUSTOM_ROLE},
    )
