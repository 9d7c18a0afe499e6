"""Asking the vault stand-in for certificates, and reading what it made of them."""

from typing import Any

from azure.keyvault.certificates import (
    CertificateClient,
    CertificateContentType,
    CertificateOperation,
    CertificatePolicy,
    KeyCurveName,
    KeyType,
)
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

NAMES = ["mail.example.org", "relay.example.org"]


def policy(issuer: str = "Unknown", **more: Any) -> CertificatePolicy:
    """A policy for an EC key, which is made in no time."""
    settings = {
        "subject": f"CN={NAMES[0]}",
        "san_dns_names": NAMES,
        "key_type": KeyType.ec,
        "key_curve_name": KeyCurveName.p_256,
        "content_type": CertificateContentType.pem,
        "enhanced_key_usage": [ExtendedKeyUsageOID.SERVER_AUTH.dotted_string],
        "validity_in_months": 3,
    }
    return CertificatePolicy(issuer, **{**settings, **more})


def begun_csr(certificates: CertificateClient, name: str, *, preserve_order: bool = True, **more: Any) -> bytes:
    """Begin a certificate with this policy; its signing request in DER."""
    begun = certificates.begin_create_certificate(name, policy(**more), preserve_order=preserve_order).result()
    assert isinstance(begun, CertificateOperation)
    assert begun.csr
    return bytes(begun.csr)


def chain_of(value: str | None) -> list[x509.Certificate]:
    """The certificates of a PEM secret, in its order."""
    assert value
    assert value.startswith("-----BEGIN PRIVATE KEY-----")
    return x509.load_pem_x509_certificates(value.encode())
