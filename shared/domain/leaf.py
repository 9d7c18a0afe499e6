"""What a certificate or public key says of itself, read with `cryptography`."""

import hashlib
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.domain.certificates import Leaf, Thumbprint

CURVES = {"secp256r1": "ec-256", "secp384r1": "ec-384"}


def thumbprint(der: bytes) -> Thumbprint:
    """Return the thumbprint of a certificate's DER."""
    return Thumbprint(hashlib.sha256(der).hexdigest())


def leaf_of(certificate: x509.Certificate) -> Leaf:
    """Read `certificate` as a server's leaf."""
    return Leaf(
        thumbprint=Thumbprint(certificate.fingerprint(hashes.SHA256()).hex()),
        names=dns_names(certificate.extensions),
        key=key_name(certificate.public_key()),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        serial=f"{certificate.serial_number:x}",
    )


def dns_names(extensions: x509.Extensions) -> frozenset[str]:
    """Return the DNS names of a certificate's or CSR's subjectAltName, in lower case (RFC 5280, section 4.2.1.6)."""
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return lower(names.get_values_for_type(x509.DNSName))


def lower(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def key_name(key: object) -> str:
    """Name a public key as the inventory does (`ec-256`, `rsa-2048`); other algorithms by their class."""
    match key:
        case ec.EllipticCurvePublicKey():
            return CURVES.get(key.curve.name, key.curve.name)
        case rsa.RSAPublicKey():
            return f"rsa-{key.key_size}"
        case _:
            return type(key).__name__


def key_hash(certificate: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo, in hex: equal for a CSR and the certificate issued from it."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
