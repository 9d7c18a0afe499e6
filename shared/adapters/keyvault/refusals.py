"""What Key Vault refuses: the right that is missing, what to do instead, and what a 409 means.

https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
"""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import HttpResponseError
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from shared.azure import in_words, inner_code, translated
from shared.errors import PermanentError, TransientError

OK, ACCEPTED, FORBIDDEN, NOT_FOUND, CONFLICT = 200, 202, 403, 404, 409

NO_SECRET = "SecretNotFound"  # noqa: S105
"""The code of a 404."""

DISABLED, DELETED = "SecretDisabled", "ObjectIsDeletedButRecoverable"
"""Codes of inner errors: of a 403, of a 409."""

READ = "the role Key Vault Reader, or one with certificates/read"
CHANGE = "the role Key Vault Certificates Officer"
READ_SECRET = "the role Key Vault Secrets User for this secret: reading a certificate does not include its key"  # noqa: S105
LIST = (
    "the roles Key Vault Reader and Key Vault Secrets User, or others with certificates/read and secrets/readMetadata"
)
CHANGE_SECRET = "the role Key Vault Secrets Officer for this secret"  # noqa: S105
READ_PASSWORD = "the role Key Vault Secrets User for this vault, or one with secrets/getSecret"  # noqa: S105
READ_DELETED = "the role Key Vault Reader for this vault, or one with secrets/readMetadata"
STORE_PASSWORD = "the role Key Vault Secrets Officer for this vault, or one with secrets/setSecret"  # noqa: S105

ACCESS_POLICY = (
    "The vault uses access policies, and none gives the identity this right: add it to one, or switch the vault to "
    "Azure roles (RBAC)"
)
REMEDIES = {
    DISABLED: "It is disabled: enable it or store a new version",
    "SecretManagedByKeyVault": "It holds the key of a certificate: name another secret in the inventory",
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
    if inner_code(error) != DELETED:
        return TransientError(f"{tried}: the vault is busy with it: {why}")
    kind = "certificate" if isinstance(client, CertificateClient) else "secret"
    where = f"--id {client.vault_url}/deleted{kind}s/{name}"
    return PermanentError(
        f"{tried}: {why}. Bring it back with `az keyvault {kind} recover {where}`, "
        f"or remove it for good with `az keyvault {kind} purge {where}`."
    )
