"""What Key Vault means by 403 and 409, which stand for many things: the inner error or the words tell them apart.

https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from typing import Literal

from azure.core.exceptions import HttpResponseError

from shared.azure import in_words, inner_code
from shared.errors import PermanentError, TransientError

FORBIDDEN, NOT_FOUND, CONFLICT = 403, 404, 409

ACCESS_POLICY = (
    "The vault goes by access policies, and none gives the identity this right: add it to one, or switch the vault to "
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
"""What to do about a 403, by the code of its inner error. Any other, as ForbiddenByRbac, is a missing role."""

NOT_IN_PROGRESS = "pending status must be in progress"


def has_ended(error: HttpResponseError) -> bool:
    """Say whether an operation was refused because it is no longer in progress: completed (403), or deleted (404)."""
    ended = error.status_code == FORBIDDEN and NOT_IN_PROGRESS in in_words(error).lower()
    return ended or error.status_code == NOT_FOUND


def conflict(
    tried: str, kind: Literal["certificate", "secret"], vault_url: str, name: str, error: HttpResponseError
) -> PermanentError | TransientError:
    """Return what a 409 is.

    A name that a deleted object holds needs a person. All else passes: an operation in progress, somebody else at work
    on it, an object that is being deleted.
    """
    said = in_words(error).removesuffix(".")
    if inner_code(error) != "ObjectIsDeletedButRecoverable":
        return TransientError(f"{tried}: the vault is busy with it: {said}")
    where = f"--id {vault_url}/deleted{kind}s/{name}"
    return PermanentError(
        f"{tried}: {said}. Bring it back with `az keyvault {kind} recover {where}`, "
        f"or remove it for good with `az keyvault {kind} purge {where}`."
    )
