"""Secrets: those behind certificates, which hold the keys, and plain ones.

https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
"""

from datetime import UTC, datetime

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from shared.adapters.keyvault.bundles import BundleError, read_bundle
from shared.adapters.keyvault.refusals import CONFLICT, conflict
from shared.domain.certificates import Bundle, Version
from shared.errors import PermanentError

OURS = {"managed-by": "relaykeeper"}


def bundle(client: SecretClient, name: str, version: Version, tried: str) -> Bundle:
    """Return key and chain of a version; its secret has the certificate's name and version."""
    secret = client.get_secret(name, version)
    try:
        return read_bundle(value_of(secret, tried), secret.properties.content_type, datetime.now(UTC))
    except BundleError as error:
        raise PermanentError(f"{tried}: {error}. Import it again, or disable that version.") from error


def read(client: SecretClient, name: str, tried: str) -> str | None:
    """Return the newest value; None if there is no such secret."""
    try:
        return value_of(client.get_secret(name), tried)
    except ResourceNotFoundError:
        return None


def value_of(secret: KeyVaultSecret, tried: str) -> str:
    """An answer without a value is no secret that is missing: somebody would make another in its place."""
    if secret.value is None:
        raise PermanentError(
            f"{tried}: the answer has no value, so what answers is no Key Vault. Check the vault's url in the "
            f"inventory, and what is on the way there."
        )
    return secret.value


def store(client: SecretClient, name: str, value: str, tried: str) -> None:
    """Add a version, marked as ours for whoever looks through the vault."""
    try:
        client.set_secret(name, value, content_type="text/plain", tags=OURS)
    except HttpResponseError as error:
        if error.status_code != CONFLICT:
            raise
        raise conflict(tried, "secret", client.vault_url, name, error) from None
