"""The stand-ins for Entra, Key Vault and Azure DNS of one stack, and what our identity may do there."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from infra.local.bind import ZONES, UpdateKey
from infra.local.loopback import VAULTS, Addresses
from infra.local.pki import Authority, KeyPair, write_bundle
from infra.local.processes import Process, Supervisor, answers
from infra.local.standins.azuredns.record_sets import Primary
from infra.local.standins.azuredns.service import Config as DnsConfig
from infra.local.standins.identity.issuing import Config as IdentityConfig
from infra.local.standins.identity.issuing import Identity
from infra.local.standins.serving import Listener, write_config
from infra.local.standins.tokens import Assignment, Trust
from infra.local.standins.vault.access import Config as VaultConfig
from infra.local.standins.vault.access import VaultListener

TENANT = "7c1e5f0a-0000-4000-8000-000000000001"
SUBSCRIPTION = "7c1e5f0a-0000-4000-8000-000000000002"
RESOURCE_GROUP = "relaykeeper-local"
PRODUCT = Identity("7c1e5f0a-0000-4000-8000-000000000003", "7c1e5f0a-0000-4000-8000-000000000004", system=True)
"""The functions' managed identity."""

CSI_DRIVER = Identity("7c1e5f0a-0000-4000-8000-000000000005", "7c1e5f0a-0000-4000-8000-000000000006")
"""The managed identity of the nodes' Secrets Store CSI driver, which reads secrets."""

VAULT_ADMINISTRATOR = Identity("7c1e5f0a-0000-4000-8000-000000000007", "7c1e5f0a-0000-4000-8000-000000000008")
"""A person who may write, disable and delete any secret."""

TXT_WRITER = {"Relaykeeper TXT writer": ("Microsoft.Network/dnsZones/TXT/read", "Microsoft.Network/dnsZones/TXT/write")}
OWN_SECRETS = ("prod/secrets/letsencrypt-account-key", "dev/secrets/contract-tests")
"""The account's key, and the one that the contract tests write."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """What the stand-ins' configurations have in common.

    `secrets`: what is in the vaults from the start on, by `VAULT/SECRET`. `header`: the secret in IDENTITY_HEADER.
    """

    folder: Path
    addresses: Addresses
    authority: Authority
    update_key: UpdateKey
    secrets: Mapping[str, str] = field(repr=False)
    header: str = field(default_factory=lambda: token_hex(16), repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes azure-identity find the managed identity, as App Service sets it."""
        return {
            "IDENTITY_ENDPOINT": self.addresses.identity_endpoint,
            "IDENTITY_HEADER": self.header,
            "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        }

    @property
    def trusting(self) -> Mapping[str, str]:
        """What makes the Azure SDKs trust the stand-ins."""
        return {"REQUESTS_CA_BUNDLE": str(write_bundle(self.authority))}

    @property
    def trust(self) -> Trust:
        """Tokens as Entra issues them for vaults and for Resource Manager (its v1 issuer)."""
        keys = f"{self.addresses.issuer}/discovery/keys"
        return Trust(f"https://sts.windows.net/{TENANT}/", keys, str(self.authority.path))


def launch_cloud(supervisor: Supervisor, cloud: Cloud) -> tuple[Process, Process, Process]:
    """Start the three stand-ins; the first, Entra's, must be ready before an API server that trusts it starts."""
    addresses = cloud.addresses
    urls = [addresses.issuer, addresses.arm, *map(addresses.vault, VAULTS)]
    server = cloud.authority.issue("azure", addresses=[host(url) for url in urls])

    def launch(name: str, config: object, url: str) -> Process:
        file = cloud.folder / f"{name}.json"
        write_config(file, config)
        argv = [sys.executable, "-m", f"infra.local.standins.{name}", "--config", str(file)]
        return supervisor.launch(name, argv, ready=lambda: answers(url, cloud.authority.path))

    return (
        launch("identity", identity(cloud, server), f"{addresses.issuer}/.well-known/openid-configuration"),
        launch("vault", vaults(cloud, server), f"{addresses.vault(VAULTS[-1])}/secrets"),
        launch("azuredns", azure_dns(cloud, server), f"{addresses.arm}/subscriptions"),
    )


def identity(cloud: Cloud, server: KeyPair) -> IdentityConfig:
    resources = tuple(vault.resource for vault in vaults(cloud, server).vaults)
    return IdentityConfig(
        endpoint=Listener(host(cloud.addresses.identity_endpoint), 8080),
        issuer=listener(cloud.addresses.issuer, server),
        tenant=TENANT,
        header=cloud.header,
        identities=(PRODUCT, CSI_DRIVER, VAULT_ADMINISTRATOR),
        resources=resources,
    )


def vaults(cloud: Cloud, server: KeyPair) -> VaultConfig:
    """Certificates, the keys behind them and clients' passwords; of other secrets the product may write OWN_SECRETS."""
    everywhere = (
        (PRODUCT, "Key Vault Certificates Officer"),
        (PRODUCT, "Key Vault Secrets User"),
        (PRODUCT, "Relaykeeper client passwords"),
        (CSI_DRIVER, "Key Vault Secrets User"),
        (VAULT_ADMINISTRATOR, "Key Vault Secrets Officer"),
    )
    assignments = [Assignment(who.object_id, role, vault) for vault in VAULTS for who, role in everywhere]
    return VaultConfig(
        vaults=tuple(VaultListener(name, listener(cloud.addresses.vault(name), server)) for name in VAULTS),
        trust=cloud.trust,
        tenant=TENANT,
        assignments=(
            *assignments,
            *(Assignment(PRODUCT.object_id, "Key Vault Secrets Officer", secret) for secret in OWN_SECRETS),
        ),
        secrets=cloud.secrets,
    )


def azure_dns(cloud: Cloud, server: KeyPair) -> DnsConfig:
    """Nothing but TXT record sets; in production the scope would be those that challenges need."""
    address, port = cloud.addresses.name_servers[0].split(":")
    return DnsConfig(
        listener=listener(cloud.addresses.arm, server),
        trust=cloud.trust,
        subscription=SUBSCRIPTION,
        resource_group=RESOURCE_GROUP,
        zones=dict.fromkeys(ZONES, cloud.addresses.name_servers),
        primary=Primary(address, int(port), cloud.update_key.name, cloud.update_key.secret),
        assignments=tuple(Assignment(PRODUCT.object_id, role, scope) for role in TXT_WRITER for scope in ZONES),
        roles=TXT_WRITER,
    )


def listener(url: str, server: KeyPair) -> Listener:
    return Listener(host(url), urlsplit(url).port or 443, str(server.certificate), str(server.key))


def host(url: str) -> str:
    return urlsplit(url).hostname or ""
