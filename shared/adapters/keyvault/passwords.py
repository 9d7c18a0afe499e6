"""Clients' passwords in Key Vault: read a version for the moment of use, store a new one that is marked as ours.

https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret
https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from datetime import datetime

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from shared.adapters.keyvault.refusals import (
    CONFLICT,
    DELETED,
    DISABLED,
    FORBIDDEN,
    READ_PASSWORD,
    REMEDIES,
    STORE_PASSWORD,
    conflict_error,
    no_key_vault,
    value_of,
)
from shared.azure import in_words, inner_code, translated
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword, made_for, tags_of_password
from shared.domain.object_ref import Version
from shared.errors import PermanentError, Unreadable
from shared.inventory import SecretReference

CONTENT_TYPE = "SMTP password"
"""Key Vault takes any text here; people see it in the list of secrets."""


def read_password(client: SecretClient, ref: SecretReference, version: Version | None) -> StoredPassword | None:
    """One request. Key Vault names no version in a refusal, so a disabled one is as good as none."""
    tried = f"cannot read the password in secret {ref.name} of vault {ref.vault}"
    with translated(tried, READ_PASSWORD, REMEDIES):
        try:
            found = client.get_secret(ref.name, version)
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if error.status_code == FORBIDDEN and inner_code(error) == DISABLED:
                return None
            raise
    return stored_password(found, tried)


def stored_password(found: KeyVaultSecret, tried: str) -> StoredPassword:
    """Translate a version. Raises Unreadable, which quotes nothing of the value."""
    properties = found.properties
    if properties.managed or properties.key_id:
        raise Unreadable(
            f"{tried}: it holds the key of a certificate, which is no password. Name another secret in the inventory."
        )
    value = value_of(found, tried)
    begins = properties.not_before or properties.created_on
    if not properties.version or begins is None:
        raise no_key_vault(tried, "no version or no date")
    try:
        password = Password(value)
    except (TypeError, ValueError):  # not chained: what is no text may be quoted
        raise Unreadable(
            f"{tried}: no login can carry what it holds: it is empty, or has a NUL or something that UTF-8 cannot "
            "encode. Store a new version."
        ) from None
    return StoredPassword(
        version=Version(properties.version),
        password=password,
        begins=begins,
        expires=properties.expires_on,
        made_for=made_for(properties.tags or {}),
    )


def store_password(
    client: SecretClient, ref: SecretReference, owner: str, password: Password, expires: datetime | None
) -> Version:
    """Without the SDK's retry after a lost answer, which would store a second version."""
    tried = f"cannot store a password of client {owner} in secret {ref.name} of vault {ref.vault}"
    with translated(tried, STORE_PASSWORD, REMEDIES):
        try:
            made = client.set_secret(
                ref.name,
                password.reveal_for_auth(),
                content_type=CONTENT_TYPE,
                tags=tags_of_password(owner),
                expires_on=expires,
                retry_read=0,
            )
        except HttpResponseError as error:
            if error.status_code != CONFLICT:
                raise
            if inner_code(error) != DELETED:
                raise conflict_error(tried, client, ref.name, error) from None
            raise name_of_deleted(client, ref, tried) from None
    if not made.properties.version:
        raise no_key_vault(tried, "no version")
    return Version(made.properties.version)


def name_of_deleted(client: SecretClient, ref: SecretReference, tried: str) -> PermanentError:
    """Say what holds the name and how it comes back; when it ends only where that may be read."""
    return PermanentError(
        f"{tried}: a deleted secret holds the name{end_of_deleted(client, ref)}. Nothing was stored. Recover it with "
        f"`az keyvault secret recover --id {client.vault_url}/deletedsecrets/{ref.name}`: its old password would be "
        "valid again, so store a new one right after. Or name another secret in the inventory."
    )


def end_of_deleted(client: SecretClient, ref: SecretReference) -> str:
    try:
        ends = client.get_deleted_secret(ref.name).scheduled_purge_date
    except AzureError as error:
        return f" (until when, could not be read: {in_words(error).removesuffix('.')})"
    return "" if ends is None else f" until {ends:%Y-%m-%d} (UTC), when it is gone for good"
