"""Whether the secret of a client is there, by the names and dates that its vault lists; no password is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.certificates.vault_tags import VaultEntry

type ClientSecretReason = Literal["SecretUsable", "SecretUnavailable", "SecretExpired", "SecretIsCertificate"]


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """What a vault lists of a client's secret; `message` says it, and what to do."""

    reason: ClientSecretReason
    message: str

    @property
    def usable(self) -> bool:
        return self.reason == "SecretUsable"


def same_name(name: str, other: str) -> bool:
    """Compare names of secrets as Key Vault does, which ignores case."""
    return name.lower() == other.lower()


def judge_client_secret(name: str, entries: Iterable[VaultEntry], now: datetime) -> ClientSecret:
    """Judge the secret of that name by the enabled entries of its vault; Key Vault ignores case."""
    same = {entry.kind: entry for entry in entries if same_name(entry.name, name)}
    match same.get("secret"), same.get("certificate"):
        case None, None:
            message = "there is no enabled secret of that name; it is missing, deleted or disabled. Store or enable it"
            return ClientSecret("SecretUnavailable", message)
        case None, _:
            message = "a certificate has that name, and its key is no password. Choose another name"
            return ClientSecret("SecretIsCertificate", message)
        case VaultEntry(expires=expires), _ if expires is not None and expires <= now:
            message = f"the secret expired on {expires:%Y-%m-%d}. Store a new version or a later expiry"
            return ClientSecret("SecretExpired", message)
        case VaultEntry(expires=expires), _:
            until = "without expiry" if expires is None else f"expires on {expires:%Y-%m-%d}"
            return ClientSecret("SecretUsable", f"enabled, {until}")
