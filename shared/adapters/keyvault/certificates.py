"""Key Vault's certificates in our terms: versions, operations in progress, listings, and the request for a new version.

https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate
https://learn.microsoft.com/rest/api/keyvault/certificates/create-certificate/create-certificate
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from azure.keyvault.certificates import CertificateOperation, CertificateProperties, KeyVaultCertificate
from azure.keyvault.secrets import SecretProperties
from cryptography import x509

from shared.domain.certificates.certificate import (
    PendingOperation,
    StoredVersion,
    dns_names,
    key_hash,
    key_name,
    leaf_of,
)
from shared.domain.certificates.chain import UNREADABLE, why_unreadable
from shared.domain.certificates.chain_faults import USES
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.object_ref import Version
from shared.errors import Unreadable
from shared.inventory import SELF_SIGNED
from shared.inventory.relays import Certificate

KEY_PROPERTIES: Mapping[str, Mapping[str, str | int]] = {
    "ec-256": {"kty": "EC", "crv": "P-256"},
    "ec-384": {"kty": "EC", "crv": "P-384"},
    "rsa-2048": {"kty": "RSA", "key_size": 2048},
    "rsa-3072": {"kty": "RSA", "key_size": 3072},
    "rsa-4096": {"kty": "RSA", "key_size": 4096},
}

SELF_SIGNED_MONTHS = 12


def is_complete_and_enabled(found: KeyVaultCertificate) -> bool:
    return bool(found.cer and properties_of(found).enabled)


def stored_version(found: KeyVaultCertificate) -> StoredVersion:
    """Translate a complete version. Raises Unreadable if its certificate cannot be read."""
    try:
        leaf = leaf_of(x509.load_der_x509_certificate(bytes(found.cer or b"")))
    except UNREADABLE as error:
        raise Unreadable(
            f"{found.id} cannot be read as a certificate: {why_unreadable(error)}. Disable that version: then the "
            "newest one left counts."
        ) from error
    properties = properties_of(found)
    return StoredVersion(Version(properties.version or ""), leaf, dict(properties.tags or {}))


def properties_of(found: KeyVaultCertificate) -> CertificateProperties:
    assert found.properties is not None, "the service sends attributes with every version"
    return found.properties


def pending_operation(operation: CertificateOperation) -> PendingOperation | None:
    """Translate an operation; None if it has ended: Key Vault keeps it. Raises Unreadable if its CSR cannot be read."""
    if (operation.status or "").lower() != "inprogress":
        return None
    der = bytes(operation.csr or b"")
    try:
        csr = x509.load_der_x509_csr(der)
        return PendingOperation(
            csr=der,
            key_hash=key_hash(csr),
            names=dns_names(csr.extensions),
            key=key_name(csr.public_key()),
            issuer=operation.issuer_name or "",
        )
    except UNREADABLE as error:
        raise Unreadable(
            f"{operation.id} has no CSR that can be read: {why_unreadable(error)}. Delete that operation."
        ) from error


def vault_entries(
    kind: Literal["certificate", "secret"], listed: Iterable[CertificateProperties | SecretProperties]
) -> Iterator[VaultEntry]:
    """Translate what a vault lists: properties, never values. What is disabled is left out."""
    for each in listed:
        begins = each.not_before or each.created_on
        if each.enabled and each.name and begins:
            yield VaultEntry(kind, each.name, begins, each.expires_on, dict(each.tags or {}))


def creation_body(certificate: Certificate, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the request for a version with a new, exportable key; its chain will keep the order it is merged in."""
    return {"policy": policy(certificate), "preserveCertOrder": True, "tags": dict(tags)}


def policy(certificate: Certificate) -> dict[str, Any]:
    """Return the policy. Its lifetime action is an e-mail, because by default a vault renews what it signed itself."""
    encipherment = ["keyEncipherment"] if certificate.key.startswith("rsa") else []
    return {
        "issuer": {"name": "Self" if certificate.issuer == SELF_SIGNED else "Unknown"},
        "key_props": {"exportable": True, "reuse_key": False, **KEY_PROPERTIES[certificate.key]},
        "secret_props": {"contentType": "application/x-pem-file"},
        "x509_props": {
            "subject": f"CN={min(certificate.dns_names, key=len)}",
            "sans": {"dns_names": list(certificate.dns_names)},
            "ekus": [USES[use].dotted_string for use in certificate.uses],
            "key_usage": ["digitalSignature", *encipherment],
            "validity_months": SELF_SIGNED_MONTHS,
        },
        "lifetime_actions": [
            {"trigger": {"lifetime_percentage": 80}, "action": {"action_type": "EmailContacts"}},
        ],
    }
