"""Key and chain out of the secret behind a certificate: PEM or PKCS#12, in whatever order it holds them."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from shared.domain.certificates import Bundle
from shared.domain.chain import LONGEST_CHAIN, UNREADABLE, order_chain, pem, why_unreadable
from shared.domain.leaf import key_hash, leaf_of

PEM, PKCS12 = "application/x-pem-file", "application/x-pkcs12"


class BundleError(ValueError):
    """The secret is not a key and its certificates; the sentence says what is wrong with it and quotes nothing."""


class Contents(NamedTuple):
    """What a secret holds."""

    key: object
    certificates: Sequence[x509.Certificate]


def read_bundle(value: str, content_type: str | None, now: datetime) -> Bundle:
    """Return a secret's key, and of its certificates the chain that is valid `now`, or comes nearest to it.

    Raises BundleError if key and certificates do not belong together.
    """
    try:
        key, certificates = read_pem(value) if content_type == PEM else read_pkcs12(value, content_type)
    except BundleError:
        raise
    except UNREADABLE:  # not chained: what a parser says of a key stays with it
        raise BundleError(f"its secret cannot be read as the {content_type} that it claims to be") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BundleError("its secret holds no RSA or EC key; a certificate must be made with an exportable one")
    if len(certificates) > LONGEST_CHAIN:
        raise BundleError(f"its secret holds {len(certificates)} certificates, at most {LONGEST_CHAIN} are accepted")
    try:
        return laid_out(key, certificates, now)
    except BundleError:
        raise
    except UNREADABLE as error:
        raise BundleError(f"one of its certificates cannot be read: {why_unreadable(error)}") from None


def laid_out(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, certificates: Sequence[x509.Certificate], now: datetime
) -> Bundle:
    own = next((one for one in certificates if one.public_key() == key.public_key()), None)
    if own is None:
        raise BundleError("none of its certificates belongs to its key")
    chain = order_chain(certificates, key_hash(own), now)
    return Bundle(
        leaf=leaf_of(chain[0]),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        chain=pem(chain),
    )


def read_pem(value: str) -> Contents:
    text = value.encode()
    key = load_pem_private_key(text, password=None) if "PRIVATE KEY-----" in value else None
    return Contents(key, x509.load_pem_x509_certificates(text))


def read_pkcs12(value: str, content_type: str | None) -> Contents:
    """Read what Key Vault gives for certificates that were imported as PFX: base64, without a password."""
    if content_type != PKCS12:
        raise BundleError(f"its secret's content type is {content_type}, neither {PEM} nor {PKCS12}")
    found = pkcs12.load_pkcs12(base64.b64decode(value, validate=True), password=None)
    bags = [found.cert, *found.additional_certs]
    return Contents(found.key, [bag.certificate for bag in bags if bag is not None])
