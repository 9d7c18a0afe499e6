"""Keys, CSRs, and certificates as an authority or a vault makes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.domain.certificates.certificate import Leaf, StoredVersion, Thumbprint
from shared.domain.certificates.vault_tags import ISSUER_TAG
from shared.domain.object_ref import Version
from shared.inventory.relays import Certificate
from tests.fakes.inventory import HOST, NOW

LIFETIME = timedelta(days=90)


def leaf(
    *,
    names: tuple[str, ...] = (HOST,),
    key: str = "ec-256",
    age: timedelta = timedelta(days=1),
    lifetime: timedelta = LIFETIME,
    thumbprint: str = "a1" * 32,
) -> Leaf:
    """Return a leaf that was issued `age` before NOW."""
    return Leaf(Thumbprint(thumbprint), frozenset(names), key, NOW - age, NOW - age + lifetime)


def stored(leaf_: Leaf | None = None, *, version: str = "v1", tags: dict[str, str] | None = None) -> StoredVersion:
    """Return a stored version, issued by us unless `tags` say otherwise."""
    return StoredVersion(Version(version), leaf_ or leaf(), {ISSUER_TAG: "letsencrypt"} if tags is None else tags)


class Signer:
    """A certificate authority whose certificate is signed by `parent`, or by itself."""

    def __init__(self, name: str, parent: "Signer | None" = None, *, ca: bool = True, now: datetime = NOW) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = parent or self
        self.certificate = (
            builder(self.name, signer.name, self.key.public_key(), now - timedelta(days=1), now + timedelta(days=900))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(signer.key, hashes.SHA256())
        )

    def certified(
        self,
        by: "Signer",
        begins: datetime = NOW - timedelta(days=1),
        lifetime: timedelta = timedelta(days=900),
        *,
        path_length: int | None = None,
        signs: bool = True,
    ) -> x509.Certificate:
        """Return another certificate of this authority: cross-signed, renewed, or of another time."""
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=signs,
            crl_sign=signs,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            builder(self.name, by.name, self.key.public_key(), begins, begins + lifetime)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(usage, critical=True)
            .sign(by.key, hashes.SHA256())
        )

    def issue(
        self,
        key: CertificatePublicKeyTypes,
        *names: str,
        begins: datetime = NOW - timedelta(hours=1),
        lifetime: timedelta = LIFETIME,
        client_only: bool = False,
    ) -> x509.Certificate:
        """Sign a leaf for these names."""
        use = ExtendedKeyUsageOID.CLIENT_AUTH if client_only else ExtendedKeyUsageOID.SERVER_AUTH
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        return (
            builder(subject, self.name, key, begins, begins + lifetime)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


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
