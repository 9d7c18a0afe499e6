"""Put a chain in order, check it against what was asked for, lay it out for a server.

Authorities, vaults and people hand chains over in any order and with extra certificates (RFC 8446, section 4.4.2 asks
servers for leaf first, each certificate signed by the next; Exim refuses to start TLS with anything else).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.domain.leaf import dns_names, key_hash

LONGEST_CHAIN = 10
SLOW_CLOCK = timedelta(minutes=15)
"""How far our clock may be behind the authority's, which need not backdate what it issues."""

LARGEST_PEM = 100_000
"""Bytes; a chain of ten RSA-4096 certificates takes a fifth of it."""

USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
"""Extended key usages (RFC 5280, section 4.2.1.12)."""

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for a certificate that is none, or not one it knows."""


class ChainError(ValueError):
    """The chain cannot be used; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a chain must satisfy: the CSR's `key_hash`, DNS `names`, `uses` (`server`, `client`), trusted `roots`."""

    key_hash: str
    names: frozenset[str]
    uses: tuple[str, ...]
    roots: Sequence[x509.Certificate]


def read_chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Parse PEM certificates, in the order given.

    Raises ChainError for anything that is not between one and ten certificates in at most 100 kB of PEM.
    """
    if len(pem) > LARGEST_PEM:
        raise ChainError(f"the chain has {len(pem):,} bytes, at most {LARGEST_PEM:,} are accepted")
    try:
        certificates = tuple(x509.load_pem_x509_certificates(pem))
    except UNREADABLE as error:
        raise ChainError(f"the chain is not PEM certificates: {error}") from error
    if len(certificates) > LONGEST_CHAIN:
        raise ChainError(f"the chain has {len(certificates)} certificates, at most {LONGEST_CHAIN} are accepted")
    for position, certificate in enumerate(certificates, start=1):
        check_readable(position, certificate)
    return certificates


def check_readable(position: int, certificate: x509.Certificate) -> None:
    """Read what `cryptography` parses only when asked: the key and the extensions."""
    try:
        key_hash(certificate)
        dns_names(certificate.extensions)
    except UNREADABLE as error:
        raise ChainError(f"certificate {position} of the chain cannot be read: {error}") from error


def order_chain(certificates: Sequence[x509.Certificate], leaf_key_hash: str) -> tuple[x509.Certificate, ...]:
    """Return the chain that begins at the certificate with this key: leaf first, no root, nothing extra.

    A leaf that signed itself is a chain of its own. Raises ChainError if no certificate has the key.
    """
    leaf = next((certificate for certificate in certificates if key_hash(certificate) == leaf_key_hash), None)
    if leaf is None:
        raise ChainError("no certificate in the chain has the key that was asked for")
    chain = [leaf]
    while not issued_by(chain[-1], chain[-1]):
        issuer = next((c for c in certificates if c not in chain and issued_by(chain[-1], c)), None)
        if issuer is None or issued_by(issuer, issuer):
            break
        chain.append(issuer)
    return tuple(chain)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer`'s name and key are those that `certificate` was signed with."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check_chain(chain: Sequence[x509.Certificate], wanted: Wanted, now: datetime) -> None:
    """Check an ordered chain as a client will, and against what was asked for. Raises ChainError with every fault."""
    faults = [*leaf_faults(chain[0], wanted), *path_faults(chain, wanted.roots), *date_faults(chain, now)]
    if faults:
        raise ChainError("; ".join(faults))


def leaf_faults(leaf: x509.Certificate, wanted: Wanted) -> list[str]:
    faults = []
    if key_hash(leaf) != wanted.key_hash:
        faults.append("the leaf's key is not the one that was asked for")
    if missing := wanted.names - dns_names(leaf.extensions):
        faults.append(f"the leaf lacks {', '.join(sorted(missing))}")
    if extra := dns_names(leaf.extensions) - wanted.names:
        faults.append(f"the leaf has names that nobody asked for: {', '.join(sorted(extra))}")
    return [*faults, *use_faults(leaf, wanted.uses)]


def use_faults(leaf: x509.Certificate, uses: Iterable[str]) -> list[str]:
    try:
        allowed = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [f"the leaf may not be used by a TLS {use}" for use in uses if USES[use] not in allowed]


def path_faults(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> list[str]:
    faults = [
        f"{name(issuer)} did not sign {name(certificate)}"
        for certificate, issuer in pairwise(chain)
        if not issued_by(certificate, issuer)
    ]
    faults += [f"{name(issuer)} may not sign certificates" for issuer in chain[1:] if not may_sign(issuer)]
    if not any(chain[-1] == root or issued_by(chain[-1], root) for root in roots):
        faults.append(f"no trusted root signed {name(chain[-1])} (issuer {chain[-1].issuer.rfc4514_string()})")
    return faults


def may_sign(issuer: x509.Certificate) -> bool:
    """Say whether basicConstraints make it a certificate authority's (RFC 5280, section 4.2.1.9)."""
    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def date_faults(chain: Sequence[x509.Certificate], now: datetime) -> list[str]:
    early = [
        f"{name(c)} is not valid before {c.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        for c in chain
        if now + SLOW_CLOCK < c.not_valid_before_utc
    ]
    late = [
        f"{name(c)} expired {c.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" for c in chain if now >= c.not_valid_after_utc
    ]
    return early + late


def name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def pem(chain: Sequence[x509.Certificate]) -> bytes:
    """Lay a chain out as PEM, in its order."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
