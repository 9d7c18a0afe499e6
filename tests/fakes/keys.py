"""Keys, CSRs and self-signed certificates as a vault makes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from shared.inventory import Certificate

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CURVES = {"ec-256": ec.SECP256R1(), "ec-384": ec.SECP384R1()}
YEAR = timedelta(days=365)


def new_key(name: str) -> PrivateKey:
    """Return a key of one of the inventory's kinds: `ec-256`, `rsa-2048`."""
    if name in CURVES:
        return ec.generate_private_key(CURVES[name])
    return rsa.generate_private_key(65_537, int(name.removeprefix("rsa-")))


def signing_request(key: PrivateKey, names: Sequence[str]) -> x509.CertificateSigningRequest:
    """Return the CSR of an operation."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(names))
    return builder.add_extension(alternatives(names), critical=False).sign(key, hashes.SHA256())


def self_signed(key: PrivateKey, certificate: Certificate, now: datetime) -> x509.Certificate:
    """Return what the vault's own issuer `Self` makes: valid for a year."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject(certificate.dns_names))
        .issuer_name(subject(certificate.dns_names))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + YEAR)
        .add_extension(alternatives(certificate.dns_names), critical=False)
        .sign(key, hashes.SHA256())
    )


def subject(names: Sequence[str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, min(names, key=len))])


def alternatives(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
