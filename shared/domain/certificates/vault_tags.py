"""What a vault lists, and the tags that say who manages a certificate there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.certificates.certificate import PendingOperation, StoredVersion
from shared.inventory.relays import Certificate

ISSUER_TAG = "relaykeeper-issuer"

ACMEBOT = "Acmebot"


def our_tags(certificate: Certificate) -> dict[str, str]:
    """Return the tags of a version that we issue; they replace whatever tags the version before had."""
    return {ISSUER_TAG: certificate.issuer}


def issuer_tag(stored: StoredVersion) -> str | None:
    """Return the inventory's name of the issuer we had this version from; None if we did not issue it."""
    return stored.tags.get(ISSUER_TAG)


def ownership_refusal(certificate: Certificate, stored: StoredVersion | None) -> str | None:
    """Say why we must not touch this certificate: it has another tool's tag and no takeover is allowed."""
    if stored is None or certificate.takeover == "acmebot" or not marked_by_acmebot(stored):
        return None
    return (
        f"certificate {certificate.name} in vault {certificate.vault} is marked by {ACMEBOT}, which renews whatever "
        f"has its tag. Stop {ACMEBOT} from renewing it, then set takeover: acmebot for it in the inventory; "
        f"our next version will not have the tag."
    )


def marked_by_acmebot(stored: StoredVersion) -> bool:
    """Say whether Key Vault Acmebot marked this version: a tag `Acmebot`, or in older releases `Issuer` = `Acmebot`."""
    return ACMEBOT in stored.tags or stored.tags.get("Issuer") == ACMEBOT


def pending_refusal(certificate: Certificate, pending: PendingOperation) -> str:
    """Say that the pending operation in the vault is not ours, and what to do about it."""
    names = ", ".join(sorted(pending.names)) or "no name"
    return (
        f"certificate {certificate.name} in vault {certificate.vault} has a pending operation that we did not begin "
        f"(issuer {pending.issuer}, {pending.key}, for {names}). Let its owner finish it, or delete it: "
        f"az keyvault certificate pending delete --name {certificate.name} --vault-name NAME"
    )


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """The newest version of an enabled certificate or secret; `expires` is None where none was set.

    The secret that holds a certificate's key is not listed beside it.
    """

    kind: Literal["certificate", "secret"]
    name: str
    begins: datetime
    expires: datetime | None
    tags: Mapping[str, str]
