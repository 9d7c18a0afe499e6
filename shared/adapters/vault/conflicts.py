"""What Key Vault means by 409: a name that a deleted object still holds, or an object it is still busy with.

https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from typing import Literal

from azure.core.exceptions import HttpResponseError

from shared.azure import in_words
from shared.errors import PermanentError, TransientError

CONFLICT = 409


def conflict(
    tried: str, kind: Literal["certificate", "secret"], vault_url: str, name: str, error: HttpResponseError
) -> PermanentError | TransientError:
    """Say what to do about a deleted namesake; anything else passes: an operation in progress, or just deleted."""
    inner = error.error.innererror if error.error else None
    said = in_words(error).removesuffix(".")
    if (inner or {}).get("code") != "ObjectIsDeletedButRecoverable":
        return TransientError(f"{tried}: the vault is busy with it: {said}")
    where = f"--id {vault_url}/deleted{kind}s/{name}"
    return PermanentError(
        f"{tried}: {said}. Bring it back with `az keyvault {kind} recover {where}`, "
        f"or remove it for good with `az keyvault {kind} purge {where}`."
    )
