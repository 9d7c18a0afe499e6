"""Keys and chains on their way in (merge, import) and out (the secret behind a certificate)."""

import base64
import binascii
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from infra.local.standins.vault.errors import bad_parameter
from infra.local.standins.vault.objects import CertificateVersion, PrivateKey
from infra.local.standins.vault.policy import PEM

_KEY_USAGE = bytes.fromhex("a00d300b0603551d0f310403020090")
"""The attributes of an EC key in DER: keyUsage (2.5.29.15)."""


def secret_value(version: CertificateVersion) -> str:
    """The secret behind a merged version: key, then chain, as PEM or as base64 of PKCS#12 without a password.

    A key that is not exportable stays in the vault: the secret holds the chain alone.
    """
    key = version.key if version.exportable else None
    if version.content_type == PEM:
        private = _key_text(key) if key else b""
        return (private + b"".join(one.public_bytes(Encoding.PEM) for one in version.chain)).decode()
    first, *others = version.chain
    leaf = first if first == version.leaf else None  # else the file begins with the root, and names no leaf
    rest = others if leaf else version.chain
    return base64.b64encode(pkcs12.serialize_key_and_certificates(None, key, leaf, rest, NoEncryption())).decode()


def _key_text(key: PrivateKey) -> bytes:
    """PKCS#8 in PEM (RFC 5958); an EC key says besides, in an attribute, what it is for, as the service's do."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    # The keys of both curves take from 128 to 255 bytes, whose length is written in two.
    content = der[2 if der[1] < 0x80 else 2 + (der[1] & 0x7F) :] + _KEY_USAGE
    text = base64.encodebytes(b"\x30\x81" + bytes([len(content)]) + content).decode().replace("\n", "")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""]).encode()


def read_x5c(entries: Sequence[str]) -> list[x509.Certificate]:
    """The certificates of a merge: base64 of DER or, as older SDKs send it, of base64 of DER."""
    certificates = []
    for entry in entries:
        try:
            content = base64.b64decode(entry, validate=True)
            der = content if content.startswith(b"\x30") else base64.b64decode(content)
            certificates.append(x509.load_der_x509_certificate(der))
        except ValueError as error:
            raise bad_parameter(f"Property x5c has invalid value: {error}") from error
    if not certificates:
        raise bad_parameter("Property x5c has invalid value: X5C must have at least one valid item")
    return certificates


def read_import(value: str, password: str | None) -> tuple[PrivateKey, list[x509.Certificate]]:
    """Key and certificates, leaf first, of PEM text, base64 of PEM, or base64 of PKCS#12."""
    key: object
    try:
        content = value.encode() if value.startswith("-----BEGIN") else base64.b64decode(value, validate=True)
        secret = password.encode() if password else None
        if content.lstrip().startswith(b"-----BEGIN"):
            key, certificates = load_pem_private_key(content, secret), x509.load_pem_x509_certificates(content)
        else:
            key, certificates = _read_pkcs12(content, secret)
    except (ValueError, TypeError, binascii.Error) as error:
        raise bad_parameter(f"The specified certificate content can not be read: {error}") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise bad_parameter("The specified certificate content has no RSA or EC private key.")
    return key, certificates


def leaf_of(key: PrivateKey, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate of this key; refuses a chain without one."""
    wanted = _public_bytes(key.public_key())
    for certificate in certificates:
        public_key = certificate.public_key()
        if isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and _public_bytes(public_key) == wanted:
            return certificate
    raise bad_parameter(
        "The public key of the end-entity certificate in the specified X.509 certificate content does not match the "
        "public part of the specified private key. Please check if certificate is valid."
    )


def laid_out(
    leaf: x509.Certificate, certificates: Sequence[x509.Certificate], *, preserve_order: bool
) -> tuple[x509.Certificate, ...]:
    """A chain in its stored order: as it came, if that was asked for; else the leaf first, and the rest back to front.

    Key Vault promises no more than the leaf at the beginning. Readers that count on more shall notice it here.
    """
    if preserve_order:
        return tuple(certificates)
    return (leaf, *reversed([one for one in certificates if one != leaf]))


def _read_pkcs12(content: bytes, password: bytes | None) -> tuple[object, list[x509.Certificate]]:
    bag = pkcs12.load_pkcs12(content, password)
    found = [bag.cert, *bag.additional_certs]
    return bag.key, [one.certificate for one in found if one]


def _public_bytes(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
