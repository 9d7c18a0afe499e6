"""Azure Key Vault: certificates, the operations that create them, the keys behind them, and plain secrets.

https://learn.microsoft.com/azure/key-vault/certificates/create-certificate-scenarios
https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import KeyVaultSecret, SecretClient
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
from shared.azure import KEY_VAULT_OPTIONS, in_words, inner_code, translated
from shared.domain.certificates.certificate import Bundle, PendingOperation, StoredVersion
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.object_ref import Version
from shared.errors import Conflict, PermanentError, TransientError
from shared.inventory import SecretReference, Vault
from shared.inventory.relays import Certificate

READ = "the role Key Vault Reader, or one with certificates/read"
CHANGE = "the role Key Vault Certificates Officer"
READ_SECRET = "the role Key Vault Secrets User for this secret: reading a certificate does not include its key"  # noqa: S105
LIST = (
    "the roles Key Vault Reader and Key Vault Secrets User, or others with certificates/read and secrets/readMetadata"
)
CHANGE_SECRET = "the role Key Vault Secrets Officer for this secret"  # noqa: S105

ACCESS_POLICY = (
    "The vault uses access policies, and none gives the identity this right: add it to one, or switch the vault to "
    "Azure roles (RBAC)"
)
REMEDIES = {
    "SecretDisabled": "It is disabled: enable it or store a new version",
    "ForbiddenByFirewall": (
        "The vault's firewall does not let the Function App in: allow its subnet or its outbound addresses in the "
        "vault's network rules"
    ),
    "ForbiddenByConnection": (
        "The vault takes no connections from public networks: give the Function App's network a private endpoint of "
        "the vault, or enable public access"
    ),
    "ForbiddenByPolicy": ACCESS_POLICY,
    "AccessDenied": ACCESS_POLICY,
}
"""What to do about a 403, by the code of its inner error. Any other, such as ForbiddenByRbac, is a missing role."""

ACCEPTED, FORBIDDEN, NOT_FOUND, CONFLICT = 202, 403, 404, 409
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


def value_of(secret: KeyVaultSecret, tried: str) -> str:
    """Raises PermanentError for an answer without a value: it is not a missing secret, which callers would create."""
    if secret.value is None:
        raise PermanentError(
            f"{tried}: the answer has no value, so what answers is no Key Vault. Check the vault's url in the "
            f"inventory, and what is on the way there."
        )
    return secret.value


@contextmanager
def changing(tried: str, needs: str, client: CertificateClient | SecretClient, name: str) -> Iterator[None]:
    """Translate what a change of this certificate or secret raises, and say what its 409 means."""
    with translated(tried, needs, REMEDIES):
        try:
            yield
        except HttpResponseError as error:
            if error.status_code != CONFLICT:
                raise
            raise conflict_error(tried, client, name, error) from None


def conflict_error(
    tried: str, client: CertificateClient | SecretClient, name: str, error: HttpResponseError
) -> PermanentError | TransientError:
    """Return what a 409 means.

    A deleted object that still holds the name needs a person. Everything else passes: an operation in progress, another
    client's change, an object that is being deleted.
    https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
    """
    why = in_words(error).removesuffix(".")
    if inner_code(error) != "ObjectIsDeletedButRecoverable":
        return TransientError(f"{tried}: the vault is busy with it: {why}")
    kind = "certificate" if isinstance(client, CertificateClient) else "secret"
    where = f"--id {client.vault_url}/deleted{kind}s/{name}"
    return PermanentError(
        f"{tried}: {why}. Bring it back with `az keyvault {kind} recover {where}`, "
        f"or remove it for good with `az keyvault {kind} purge {where}`."
    )


def has_ended(error: HttpResponseError) -> bool:
    """Say whether an operation was refused because it is no longer in progress: completed (403), or deleted (404)."""
    completed = error.status_code == FORBIDDEN and NOT_IN_PROGRESS in in_words(error).lower()
    return completed or error.status_code == NOT_FOUND
