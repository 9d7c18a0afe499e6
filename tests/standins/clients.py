"""The unmodified SDKs, logged in as one identity or another by the managed-identity protocol."""

from contextlib import ExitStack
from functools import cache

from azure.identity import ManagedIdentityCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient
from azure.mgmt.dns import DnsManagementClient

from infra.local.loopback import Addresses
from infra.local.standins.identity.issuing import Identity
from shared.azure import DNS_OPTIONS, KEY_VAULT_OPTIONS
from tests.standins.world import OFFICER, SUBSCRIPTION


class Clients(ExitStack):
    """Clients that ask once: an error is the first answer's. They are closed together."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__()
        self._addresses = addresses

    def credential(self, identity: Identity = OFFICER) -> ManagedIdentityCredential:
        """A credential that has no token yet."""
        credential = ManagedIdentityCredential(client_id=identity.client_id)
        self.callback(credential.close)
        return credential

    @cache  # noqa: B019 an instance lives as long as the tests
    def certificates(self, identity: Identity = OFFICER, vault: str = "dev") -> CertificateClient:
        """Certificates of a vault."""
        client = CertificateClient(
            self._addresses.vault(vault), self.credential(identity), **{**KEY_VAULT_OPTIONS, "retry_total": 0}
        )
        self.callback(client.close)
        return client

    @cache  # noqa: B019
    def secrets(self, identity: Identity = OFFICER, vault: str = "dev") -> SecretClient:
        """Secrets of a vault."""
        client = SecretClient(
            self._addresses.vault(vault), self.credential(identity), **{**KEY_VAULT_OPTIONS, "retry_total": 0}
        )
        self.callback(client.close)
        return client

    @cache  # noqa: B019
    def dns(self, identity: Identity = OFFICER) -> DnsManagementClient:
        """Azure DNS."""
        client = DnsManagementClient(
            self.credential(identity), SUBSCRIPTION, base_url=self._addresses.arm, **{**DNS_OPTIONS, "retry_total": 0}
        )
        self.callback(client.close)
        return client
