"""Certificate authorities of a stack: for the stand-ins and servers, and one for each cluster, as AKS has.

Extensions follow RFC 5280, section 4.2: Python 3.13 refuses chains without key usage or key identifiers.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = timedelta(days=365)
CLOCK_SKEW = timedelta(minutes=5)


class KeyPair(NamedTuple):
    """Two PEM files: a certificate and its private key (mode 0600)."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """A root whose key is held in memory alone; its certificate is `folder/<name>-ca.pem`."""

    folder: Path
    name: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, folder: Path, name: str) -> Self:
        """A new root in `folder`, in place of an older one of that name."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Relaykeeper local {name} CA")])
        certificate = (
            unsigned(subject, issuer=subject, public_key=key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(signs_certificates=True), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        authority = cls(folder, name, certificate, key)
        authority.path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return authority

    @property
    def path(self) -> Path:
        """The root's certificate, PEM."""
        return self.folder / f"{self.name}-ca.pem"

    def issue(
        self,
        common_name: str,
        addresses: Iterable[str] = (),
        names: Iterable[str] = (),
        *,
        client: bool = False,
        organizations: Iterable[str] = (),
    ) -> KeyPair:
        """A certificate for a server at these IP addresses and DNS names or, if `client`, for one that logs in.

        It is written to `folder/<authority>-<common_name>.pem` and `.key`. Kubernetes reads a client's common name as
        user and its organizations as groups.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization) for organization in organizations),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        builder = (
            unsigned(subject, issuer=self.certificate.subject, public_key=key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        alternatives = [
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
            *(x509.DNSName(name) for name in names),
        ]
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())

        pair = KeyPair(
            self.folder / f"{self.name}-{common_name}.pem",
            self.folder / f"{self.name}-{common_name}.key",
        )
        pair.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        write_private(pair.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return pair


def unsigned(
    subject: x509.Name, *, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """What root and leaf have in common."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """RFC 5280, section 4.2.1.3: a root signs certificates and revocation lists, a leaf handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a file that at no moment anyone but its owner can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def write_bundle(authority: Authority) -> Path:
    """`bundle.pem` for REQUESTS_CA_BUNDLE, which replaces certifi's roots: those and the local one."""
    bundle = authority.folder / "bundle.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.path.read_bytes())
    return bundle
