"""The port, put together from the rooms of this package."""

from collections.abc import Mapping

from azure.core.credentials import TokenCredential
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient

from shared.adapters.keyvault import certificates, listing, operations, secrets
from shared.adapters.keyvault.refusals import REMEDIES
from shared.azure import KEY_VAULT_OPTIONS, translated
from shared.domain.certificates import Bundle, Pending, Stored, Version
from shared.domain.entries import Entry
from shared.inventory import Certificate, SecretReference, Vault

READ = "the role Key Vault Reader, or one with certificates/read"
CHANGE = "the role Key Vault Certificates Officer"
READ_SECRET = "the role Key Vault Secrets User for this secret: reading a certificate does not include its key"  # noqa: S105
LIST = (
    "the roles Key Vault Reader and Key Vault Secrets User, or others with certificates/read and secrets/readMetadata"
)
CHANGE_SECRET = "the role Key Vault Secrets Officer for this secret"  # noqa: S105


class KeyVaults:
    """Implements ports.Vault. Clients are made when a vault is first spoken to, and kept for their connections."""

    def __init__(self, vaults: Mapping[str, Vault], credential: TokenCredential) -> None:
        """`vaults` is the inventory's; `credential` is the identity that all of them know."""
        self._vaults = vaults
        self._credential = credential
        self._certificate_clients: dict[str, CertificateClient] = {}
        self._secret_clients: dict[str, SecretClient] = {}

    def latest(self, certificate: Certificate) -> Stored | None:
        with translated(f"cannot read {place(certificate)}", READ, REMEDIES):
            return certificates.latest(self._certificates(certificate.vault), certificate.name)

    def version(self, certificate: Certificate, version: Version) -> Stored | None:
        with translated(f"cannot read {place(certificate)}, version {version}", READ, REMEDIES):
            return certificates.version_of(self._certificates(certificate.vault), certificate.name, version)

    def pending(self, certificate: Certificate) -> Pending | None:
        with translated(f"cannot read the pending operation of {place(certificate)}", READ, REMEDIES):
            return operations.pending(self._certificates(certificate.vault), certificate.name)

    def create(self, certificate: Certificate, tags: Mapping[str, str]) -> None:
        tried = f"cannot create a version of {place(certificate)}"
        with translated(tried, CHANGE, REMEDIES):
            operations.create(self._certificates(certificate.vault), certificate, tags, tried)

    def discard(self, certificate: Certificate) -> None:
        tried = f"cannot delete the pending operation of {place(certificate)}"
        with translated(tried, CHANGE, REMEDIES):
            operations.discard(self._certificates(certificate.vault), certificate.name, tried)

    def merge(self, certificate: Certificate, chain: bytes, tags: Mapping[str, str]) -> Stored:
        tried = f"cannot merge the chain into {place(certificate)}"
        with translated(tried, CHANGE, REMEDIES):
            return operations.merge(self._certificates(certificate.vault), certificate.name, chain, tags, tried)

    def bundle(self, certificate: Certificate, version: Version) -> Bundle:
        tried = f"cannot read key and chain of {place(certificate)}, version {version}"
        with translated(tried, READ_SECRET, REMEDIES):
            return secrets.bundle(self._secrets(certificate.vault), certificate.name, version, tried)

    def secret(self, ref: SecretReference) -> str | None:
        tried = f"cannot read secret {ref.name} in vault {ref.vault}"
        with translated(tried, READ_SECRET, REMEDIES):
            return secrets.read(self._secrets(ref.vault), ref.name, tried)

    def put_secret(self, ref: SecretReference, value: str) -> None:
        tried = f"cannot store secret {ref.name} in vault {ref.vault}"
        with translated(tried, CHANGE_SECRET, REMEDIES):
            secrets.store(self._secrets(ref.vault), ref.name, value, tried)

    def entries(self, vault: str) -> tuple[Entry, ...]:
        with translated(f"cannot list vault {vault}", LIST, REMEDIES):
            return listing.entries(self._certificates(vault), self._secrets(vault))

    def _certificates(self, vault: str) -> CertificateClient:
        if vault not in self._certificate_clients:
            client = CertificateClient(self._vaults[vault].url, self._credential, **KEY_VAULT_OPTIONS)
            self._certificate_clients[vault] = client
        return self._certificate_clients[vault]

    def _secrets(self, vault: str) -> SecretClient:
        if vault not in self._secret_clients:
            client = SecretClient(self._vaults[vault].url, self._credential, **KEY_VAULT_OPTIONS)
            self._secret_clients[vault] = client
        return self._secret_clients[vault]


def place(certificate: Certificate) -> str:
    return f"certificate {certificate.name} in vault {certificate.vault}"
