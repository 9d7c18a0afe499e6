"""A certificate as the vault stores it: versions, leaves, pending operations, key and chain."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.domain.object_ref import Version

Thumbprint = NewType("Thumbprint", str)
"""SHA-256 of the leaf's DER in lower-case hex. (Key Vault's own thumbprint is SHA-1 and not used.)"""

CURVES = {"secp256r1": "ec-256", "secp384r1": "ec-384"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says of itself.

    `names` are lower case; `key` is as in the inventory, or an algorithm's name; `serial` is lower-case hex.
    """

    thumbprint: Thumbprint
    names: frozenset[str]
    key: str
    not_before: datetime
    not_after: datetime
    serial: str = ""

    @property
    def lifetime(self) -> timedelta:
        """How long it is valid: no time at all where it ends before it begins."""
        return max(self.not_after - self.not_before, timedelta(0))


def names_of(leaf: Leaf, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a version, those first that are wanted now: an earlier version may have others."""
    kept = [name for name in wanted if name in leaf.names]
    return (*kept, *sorted(leaf.names.difference(kept)))


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """An enabled version of a certificate in its vault, without its key."""

    version: Version
    leaf: Leaf
    tags: Mapping[str, str]

    @property
    def thumbprint(self) -> Thumbprint:
        return self.leaf.thumbprint

    @property
    def serial(self) -> str:
        return self.leaf.serial


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """A certificate operation in progress in the vault: its key exists, its certificate does not yet.

    `csr` is DER (RFC 2986); `key_hash` is the SHA-256 of its SubjectPublicKeyInfo, hex; `names` are those the CSR asks
    for; `issuer` is the vault's name of who signs (`Unknown`: a chain from elsewhere is merged).
    """

    csr: bytes
    key_hash: str
    names: frozenset[str]
    key: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A certificate as a server needs it: key (PKCS#8 PEM) and chain (PEM, leaf first, no root)."""

    leaf: Leaf
    key: bytes = field(repr=False)
    chain: bytes


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
