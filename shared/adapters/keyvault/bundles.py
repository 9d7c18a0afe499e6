"""Key and chain from the secret behind a certificate: PEM or PKCS#12, with the certificates in any order."""

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from shared.domain.certificates.certificate import Bundle, key_hash, leaf_of
from shared.domain.certificates.chain import LONGEST_CHAIN, UNREADABLE, pem, why_unreadable
from shared.domain.certificates.chain_order import order_chain

PEM, PKCS12 = "application/x-pem-file", "application/x-pkcs12"


class BundleError(ValueError):
    """The secret is not a key with its certificates; the message says what is wrong with it and quotes nothing."""


def read_bundle(value: str, content_type: str | None, now: datetime) -> Bundle:
    """Return a secret's key, and the chain of its certificates that is valid `now`, or comes closest to that.

    Raises BundleError if key and certificates do not belong together.
    """
    try:
        key, certificates = read_pem(value) if content_type == PEM else read_pkcs12(value, content_type)
    except BundleError:
        raise
    except UNREADABLE:  # not chained: the parser may quote the key
        raise BundleError(f"its secret cannot be read as the {content_type} that it claims to be") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BundleError("its secret holds no RSA or EC key; a certificate must be made with an exportable one")
    if len(certificates) > LONGEST_CHAIN:
        raise BundleError(f"its secret holds {len(certificates)} certificates, at most {LONGEST_CHAIN} are accepted")
    try:
        return build_bundle(key, certificates, now)
    except BundleError:
        raise
    except UNREADABLE as error:
        raise BundleError(f"one of its certificates cannot be read: {why_unreadable(error)}") from None


def build_bundle(
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


def read_pem(value: str) -> tuple[object, Sequence[x509.Certificate]]:
    text = value.encode()
    key = load_pem_private_key(text, password=None) if "PRIVATE KEY-----" in value else None
    return key, x509.load_pem_x509_certificates(text)


def read_pkcs12(value: str, content_type: str | None) -> tuple[object, Sequence[x509.Certificate]]:
    """Read what Key Vault returns for a certificate that was imported as PFX: base64, without a password."""
    if content_type != PKCS12:
        raise BundleError(f"its secret's content type is {content_type}, neither {PEM} nor {PKCS12}")
    found = pkcs12.load_pkcs12(base64.b64decode(value, validate=True), password=None)
    bags = [found.cert, *found.additional_certs]
    return found.key, [bag.certificate for bag in bags if bag is not None]
