"""Read a chain of certificates from PEM, say who signed whom, and write it as PEM for a server."""

from collections.abc import Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.certificates.certificate import key_hash, leaf_of

LONGEST_CHAIN = 10

LARGEST_PEM = 100_000
"""Bytes; a chain of ten RSA-4096 certificates takes a fifth of it."""

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for a certificate, CSR or key that is none, or not one it knows: when it is parsed, and
when a part of it is asked for. (KeyError: a TLS feature that it has no name for.)"""


def why_unreadable(error: Exception) -> str:
    """Describe one of UNREADABLE: most have a message of their own, some only a type."""
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


class ChainError(ValueError):
    """The chain cannot be used; the sentence says what is wrong with it."""


def read_chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Parse PEM certificates, in the order given.

    Raises ChainError for anything that is not between one and ten certificates in at most 100 kB of PEM.
    """
    if len(pem) > LARGEST_PEM:
        raise ChainError(f"the chain has {len(pem):,} bytes, at most {LARGEST_PEM:,} are accepted")
    try:
        certificates = tuple(x509.load_pem_x509_certificates(pem))
    except UNREADABLE as error:
        raise ChainError(f"the chain is not PEM certificates: {why_unreadable(error)}") from error
    if len(certificates) > LONGEST_CHAIN:
        raise ChainError(f"the chain has {len(certificates)} certificates, at most {LONGEST_CHAIN} are accepted")
    for position, certificate in enumerate(certificates, start=1):
        check_readable(position, certificate)
    return certificates


def check_readable(position: int, certificate: x509.Certificate) -> None:
    """Read what `cryptography` parses only when asked. Raises ChainError if some of it cannot be read."""
    try:
        read_all(certificate)
    except UNREADABLE as error:
        raise ChainError(f"certificate {position} of the chain cannot be read: {why_unreadable(error)}") from error


def read_all(certificate: x509.Certificate) -> None:
    """Read what `cryptography` parses only when asked: key, extensions, names and dates. Raises one of UNREADABLE."""
    leaf_of(certificate)
    key_hash(certificate)
    certificate.subject.rfc4514_string()
    certificate.issuer.rfc4514_string()


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer`'s name and key are those that `certificate` was signed with."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def in_order(chain: Sequence[x509.Certificate]) -> bool:
    """Say whether each certificate is signed by the next, and none but a leaf that is alone by itself."""
    return all(issued_by(*pair) for pair in pairwise(chain)) and not any(issued_by(one, one) for one in chain[1:])


def subject_name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def pem(chain: Sequence[x509.Certificate]) -> bytes:
    """Return a chain as PEM, in its order."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
