"""A certificate authority for the vault's signing requests: root, intermediate, leaf."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Signer:
    """Two authorities, one below the other."""

    root: x509.Certificate
    intermediate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def sign(self, csr: bytes, *, days: int = 90) -> x509.Certificate:
        """The leaf for a request in DER; with negative `days` it has expired so many days ago."""
        request = x509.load_der_x509_csr(csr)
        assert request.is_signature_valid
        builder = _builder(request.subject, self.intermediate.subject, request.public_key(), days)
        for extension in request.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        return builder.sign(self.key, hashes.SHA256())


def signer() -> Signer:
    """New authorities."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = (_name(text) for text in ("Tests Root", "Tests Intermediate"))
    root = _builder(root_name, root_name, root_key.public_key(), 365).sign(root_key, hashes.SHA256())
    intermediate = _builder(name, root_name, key.public_key(), 365).sign(root_key, hashes.SHA256())
    return Signer(root, intermediate, key)


def der(certificate: x509.Certificate) -> bytes:
    """A certificate as the SDK's merge takes it."""
    return certificate.public_bytes(Encoding.DER)


def base64_text(certificate: x509.Certificate) -> bytes:
    """A certificate as merge takes it too: PEM without its first and last line."""
    return base64.b64encode(der(certificate))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: CertificatePublicKeyTypes, days: int
) -> x509.CertificateBuilder:
    end = datetime.now(UTC) + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=400))
        .not_valid_after(end)
    )
