"""Azure Key Vault: certificates, the operations that create them, the keys behind them, and plain secrets.

https://learn.microsoft.com/azure/key-vault/certificates/create-certificate-scenarios
https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.keyvault.bundles import BundleError, read_bundle
from shared.adapters.keyvault.certificates import (
    creation_body,
    is_complete_and_enabled,
    pending_operation,
    stored_version,
    vault_entries,
)
from shared.adapters.keyvault.passwords import read_password, store_password
from shared.adapters.keyvault.refusals import (
    ACCEPTED,
    CHANGE,
    CHANGE_SECRET,
    FORBIDDEN,
    LIST,
    NOT_FOUND,
    READ,
    READ_SECRET,
    REMEDIES,
    changing,
    value_of,
)
from shared.azure import KEY_VAULT_OPTIONS, in_words, translated
from shared.domain.certificates.certificate import Bundle, PendingOperation, StoredVersion
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.errors import Conflict, PermanentError
from shared.inventory import SecretReference, Vault
from shared.inventory.relays import Certificate

NOT_IN_PROGRESS = "pending status must be in progress"
TAGS_OF_SECRETS = {"managed-by": "relaykeeper"}


class KeyVaults:
    """Implements ports.Vault. A vault's clients are made at its first use, and kept for their connections."""

    def __init__(self, vaults: Mapping[str, Vault], credential: TokenCredential) -> None:
        """`vaults` is the inventory's; `credential` is the identity that all of them know."""
        self._vaults = vaults
        self._credential = credential
        self._certificate_clients: dict[str, CertificateClient] = {}
        self._secret_clients: dict[str, SecretClient] = {}

    def latest(self, certificate: Certificate) -> StoredVersion | None:
        """One request, if the newest version is enabled and complete.

        Where it is disabled, or the first one is not complete yet, Key Vault answers with just that version; other
        servers may answer 404. In both cases the list of versions decides.
        """
        with translated(f"cannot read {describe_certificate(certificate)}", READ, REMEDIES):
            client, name = self._certificates(certificate.vault), certificate.name
            found = read_version(client, name)
            if found is None and (version := newest_enabled(client, name)):
                found = read_version(client, name, version)
            return found

    def version(self, certificate: Certificate, version: Version) -> StoredVersion | None:
        with translated(f"cannot read {describe_certificate(certificate)}, version {version}", READ, REMEDIES):
            return read_version(self._certificates(certificate.vault), certificate.name, version)

    def pending(self, certificate: Certificate) -> PendingOperation | None:
        with translated(f"cannot read the pending operation of {describe_certificate(certificate)}", READ, REMEDIES):
            try:
                operation = self._certificates(certificate.vault).get_certificate_operation(certificate.name)
            except ResourceNotFoundError:
                return None
            return pending_operation(operation)

    def create(self, certificate: Certificate, tags: Mapping[str, str]) -> None:
        """Not by the SDK's begin_create_certificate, which starts a thread that polls every five seconds."""
        client, name = self._certificates(certificate.vault), certificate.name
        with changing(f"cannot create a version of {describe_certificate(certificate)}", CHANGE, client, name):
            request = HttpRequest("POST", f"/certificates/{name}/create", json=creation_body(certificate, tags))
            answer = client.send_request(request)
            if answer.status_code != ACCEPTED:
                raise HttpResponseError(response=answer)

    def discard(self, certificate: Certificate) -> None:
        client, name = self._certificates(certificate.vault), certificate.name
        with changing(
            f"cannot delete the pending operation of {describe_certificate(certificate)}", CHANGE, client, name
        ):
            try:
                client.delete_certificate_operation(name)
            except HttpResponseError as error:
                if not has_ended(error):
                    raise

    def merge(self, certificate: Certificate, chain: bytes, tags: Mapping[str, str]) -> StoredVersion:
        client, name = self._certificates(certificate.vault), certificate.name
        tried = f"cannot merge the chain into {describe_certificate(certificate)}"
        ders = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(chain)]
        with changing(tried, CHANGE, client, name):
            try:
                return stored_version(client.merge_certificate(name, ders, tags=dict(tags)))
            except HttpResponseError as error:
                if not has_ended(error):
                    raise
                why = in_words(error).removesuffix(".")
                raise Conflict(f"{tried}: its operation has ended ({why}); the next attempt looks again") from None

    def bundle(self, certificate: Certificate, version: Version) -> Bundle:
        """The secret behind a version has the certificate's name and the version's."""
        tried = f"cannot read key and chain of {describe_certificate(certificate)}, version {version}"
        with translated(tried, READ_SECRET, REMEDIES):
            secret = self._secrets(certificate.vault).get_secret(certificate.name, version)
        try:
            return read_bundle(value_of(secret, tried), secret.properties.content_type, datetime.now(UTC))
        except BundleError as error:
            raise PermanentError(f"{tried}: {error}. Import it again, or disable that version.") from error

    def secret(self, ref: SecretReference) -> str | None:
        tried = f"cannot read secret {ref.name} in vault {ref.vault}"
        with translated(tried, READ_SECRET, REMEDIES):
            try:
                return value_of(self._secrets(ref.vault).get_secret(ref.name), tried)
            except ResourceNotFoundError:
                return None

    def put_secret(self, ref: SecretReference, value: str) -> None:
        """The tags tell a person who looks through the vault that the secret is ours."""
        client = self._secrets(ref.vault)
        with changing(f"cannot store secret {ref.name} in vault {ref.vault}", CHANGE_SECRET, client, ref.name):
            client.set_secret(ref.name, value, content_type="text/plain", tags=TAGS_OF_SECRETS)

    def password(self, ref: SecretReference, version: Version | None = None) -> StoredPassword | None:
        return read_password(self._secrets(ref.vault), ref, version)

    def make_password(
        self,
        ref: SecretReference,
        client: str,
        password: Password,
        expires: datetime | None,
        *,
        for_probe: bool = False,
    ) -> Version:
        return store_password(self._secrets(ref.vault), ref, client, password, expires, for_probe=for_probe)

    def entries(self, vault: str) -> tuple[VaultEntry, ...]:
        """A certificate's own secret is not listed beside it."""
        with translated(f"cannot list vault {vault}", LIST, REMEDIES):
            certificates = self._certificates(vault).list_properties_of_certificates()
            secrets = (each for each in self._secrets(vault).list_properties_of_secrets() if not each.managed)
            return (*vault_entries("certificate", certificates), *vault_entries("secret", secrets))

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


def describe_certificate(certificate: Certificate) -> str:
    return f"certificate {certificate.name} in vault {certificate.vault}"


def read_version(client: CertificateClient, name: str, version: str = "") -> StoredVersion | None:
    """Return a version by its name, or the newest; None if it is gone, disabled or not complete."""
    try:
        found = client.get_certificate_version(name, version) if version else client.get_certificate(name)
    except ResourceNotFoundError:
        return None
    return stored_version(found) if is_complete_and_enabled(found) else None


def newest_enabled(client: CertificateClient, name: str) -> str | None:
    """Look through the list of versions, whose order is not specified."""
    listed = client.list_properties_of_certificate_versions(name)
    try:
        dated = [(one.created_on, one.version) for one in listed if one.enabled and one.created_on and one.version]
    except ResourceNotFoundError:
        return None
    return max(dated)[1] if dated else None


def has_ended(error: HttpResponseError) -> bool:
    """Say whether an operation was refused because it is no longer in progress: completed (403), or deleted (404)."""
    completed = error.status_code == FORBIDDEN and NOT_IN_PROGRESS in in_words(error).lower()
    return completed or error.status_code == NOT_FOUND
