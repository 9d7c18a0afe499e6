"""Find the chain in a set of certificates, check it against what was asked for, and write it as PEM for a server.

Authorities, vaults and people hand chains over in any order and with extra certificates (RFC 8446, section 4.4.2 asks
servers for leaf first, each certificate signed by the next; Exim refuses to start TLS with anything else).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.domain.certificates.certificate import dns_names, key_hash, leaf_of

LONGEST_CHAIN = 10

SLOW_CLOCK = timedelta(minutes=15)
"""How far our clock may be behind the authority's, which need not backdate what it issues."""

LARGEST_PEM = 100_000
"""Bytes; a chain of ten RSA-4096 certificates takes a fifth of it."""

NEVER = datetime.max.replace(tzinfo=UTC)

USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
"""Extended key usages (RFC 5280, section 4.2.1.12)."""

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


@dataclass(frozen=True, slots=True)
class ChainPolicy:
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


@dataclass(frozen=True, slots=True)
class Way:
    """One way upwards from a leaf: `chain` holds what a server sends, leaf first; `top` is where it ends.

    `below` counts the intermediates that a path length limits, `faults` what a client objects to above the leaf;
    `ends` is when the first certificate above the leaf expires. `trusted`: `top` is one of the roots.
    """

    chain: tuple[x509.Certificate, ...]
    top: x509.Certificate
    below: int = 0
    faults: int = 0
    ends: datetime = NEVER
    trusted: bool = False


def order_chain(
    certificates: Sequence[x509.Certificate],
    leaf_key_hash: str,
    now: datetime,
    roots: Sequence[x509.Certificate] = (),
) -> tuple[x509.Certificate, ...]:
    """Return the best chain for the certificate with this key, leaf first, without a root and without extras.

    The order of `certificates` does not matter. Where no way is without fault, the nearest one is returned: check it.
    Without `roots`, a way may end at any certificate that no other of these signed. Raises ChainError if no
    certificate has the key.
    """
    leaves = [certificate for certificate in dict.fromkeys(certificates) if key_hash(certificate) == leaf_key_hash]
    if not leaves:
        raise ChainError("no certificate in the chain has the key that was asked for")
    ways = [best_way(leaf, certificates, roots, now) for leaf in leaves]
    return min(ways, key=lambda way: (len(date_faults(way.chain[:1], now)), *preference(way))).chain


def best_way(
    leaf: x509.Certificate, others: Iterable[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> Way:
    """Return the way from `leaf` to a root that a client finds the least fault with, by `preference`.

    All ways are compared without listing them: of those that reach the same certificate in the same number of steps
    only the best can be part of the best whole. So the work grows with a power of the number of certificates.
    """
    pile = [other for other in dict.fromkeys(others) if other != leaf]
    signers = {one: [] if issued_by(one, one) else [o for o in pile if issued_by(one, o)] for one in (leaf, *pile)}
    whole: list[Way] = []
    reached = [Way((leaf,), leaf)]
    while reached and len(reached[0].chain) <= len(signers):
        whole += [end for way in reached for end in ends_of(way, signers, roots, now)]
        longer = [extended(way, issuer, now) for way in reached for issuer in signers[way.top]]
        best: dict[tuple[x509.Certificate, int], Way] = {}
        for way in sorted(longer, key=lambda way: (way.faults, -way.ends.timestamp(), fingerprints(way))):
            best.setdefault((way.top, way.below), way)
        reached = list(best.values())
    return min(whole, key=preference)


def preference(way: Way) -> tuple[object, ...]:
    """Return a sort key, best first: no fault, a trusted root, life (as far as the leaf's), the older root, few steps.

    An older root is in more clients' stores; those that know a younger one stop earlier.
    """
    life = min(way.ends, way.chain[0].not_valid_after_utc)
    return (
        way.faults,
        not way.trusted,
        -life.timestamp(),
        way.top.not_valid_before_utc,
        len(way.chain),
        -way.ends.timestamp(),
        -way.chain[0].not_valid_after_utc.timestamp(),
        fingerprints(way),
    )


def extended(way: Way, issuer: x509.Certificate, now: datetime) -> Way:
    return Way(
        chain=(*way.chain, issuer),
        top=issuer,
        below=way.below + (issuer.subject != issuer.issuer),
        faults=way.faults + len(signing_faults(issuer, way.below)) + len(date_faults([issuer], now)),
        ends=min(way.ends, issuer.not_valid_after_utc),
    )


def ends_of(
    way: Way,
    signers: Mapping[x509.Certificate, Sequence[x509.Certificate]],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> Iterator[Way]:
    """Yield the way once for each trusted root that it has come to, and once where the pile leads no further.

    A root is not sent. A trusted certificate that another one signed is: a client may trust only that other one.
    """
    last = way.top
    sent = last == way.chain[0] or not issued_by(last, last)
    for root in roots:
        if root == last and sent:
            yield replace(way, trusted=True)
        elif root != last and issued_by(last, root) and (root not in signers or issued_by(root, root)):
            expired = len(date_faults([root], now))
            yield replace(
                way, top=root, faults=way.faults + expired, ends=min(way.ends, root.not_valid_after_utc), trusted=True
            )
    if leads_no_further(last, signers):
        chain = way.chain if sent else way.chain[:-1]
        yield replace(way, chain=chain, faults=way.faults + (1 if roots else 0))


def leads_no_further(
    certificate: x509.Certificate, signers: Mapping[x509.Certificate, Sequence[x509.Certificate]]
) -> bool:
    """Say whether there is nothing above, or only authorities that signed each other in a circle with this one."""
    above = all_above(certificate, signers)
    return all(certificate in all_above(one, signers) for one in above)


def all_above(
    certificate: x509.Certificate, signers: Mapping[x509.Certificate, Sequence[x509.Certificate]]
) -> Collection[x509.Certificate]:
    above = dict.fromkeys(signers[certificate])
    waiting = list(above)
    while waiting:
        new = [one for one in signers[waiting.pop()] if one not in above]
        above.update(dict.fromkeys(new))
        waiting += new
    return above


def fingerprints(way: Way) -> tuple[bytes, ...]:
    return tuple(certificate.fingerprint(hashes.SHA256()) for certificate in way.chain)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer`'s name and key are those that `certificate` was signed with."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def check_chain(chain: Sequence[x509.Certificate], wanted: ChainPolicy, now: datetime) -> None:
    """Check an ordered chain as a client will, and against what was asked for. Raises ChainError with every fault."""
    faults = [*leaf_faults(chain[0], wanted), *date_faults(chain[:1], now)]
    if above := [*path_faults(chain, wanted.roots, now), *date_faults(chain[1:], now)]:
        faults += [*above, f"the nearest way to a root is {' <- '.join(map(subject_name, chain))}"]
    if faults:
        raise ChainError("; ".join(faults))


def leaf_faults(leaf: x509.Certificate, wanted: ChainPolicy) -> list[str]:
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


def path_faults(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime) -> list[str]:
    """Say what keeps an ordered chain from leading to a root that is valid now; the dates of its own are left out."""
    faults = [
        f"{subject_name(issuer)} did not sign {subject_name(certificate)}"
        for certificate, issuer in pairwise(chain)
        if not issued_by(certificate, issuer)
    ]
    return [*faults, *signing_faults_in(chain), *trust_faults(chain[-1], roots, now)]


def in_order(chain: Sequence[x509.Certificate]) -> bool:
    """Say whether each certificate is signed by the next, and none but a leaf that is alone by itself."""
    return all(issued_by(*pair) for pair in pairwise(chain)) and not any(issued_by(one, one) for one in chain[1:])


def trust_faults(last: x509.Certificate, roots: Sequence[x509.Certificate], now: datetime) -> list[str]:
    signed = [root for root in roots if last == root or issued_by(last, root)]
    if not signed:
        return [f"no trusted root signed {subject_name(last)} (issuer {last.issuer.rfc4514_string()})"]
    faults = [date_faults([root], now) for root in signed if root != last]
    return [] if last in signed or not all(faults) else faults[0]


def signing_faults_in(chain: Sequence[x509.Certificate]) -> list[str]:
    """Say which issuers of an ordered chain may not have signed what they signed."""
    faults, below = [], 0
    for issuer in chain[1:]:
        faults += signing_faults(issuer, below)
        below += issuer.subject != issuer.issuer
    return faults


def signing_faults(issuer: x509.Certificate, below: int) -> list[str]:
    """Say why it may not sign a certificate with this many intermediates below it (RFC 5280, 4.2.1.3 and 4.2.1.9)."""
    if not may_sign(issuer):
        return [f"{subject_name(issuer)} may not sign certificates"]
    longest = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if longest is not None and below > longest:
        return [f"{subject_name(issuer)} allows {longest} intermediates below it, and has {below}"]
    return []


def may_sign(issuer: x509.Certificate) -> bool:
    """Say whether basicConstraints, and keyUsage where it has one, make it a certificate authority's."""
    try:
        authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    try:
        return authority and issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return authority


def date_faults(chain: Sequence[x509.Certificate], now: datetime) -> list[str]:
    early = [
        f"{subject_name(c)} is not valid before {c.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        for c in chain
        if now + SLOW_CLOCK < c.not_valid_before_utc
    ]
    late = [
        f"{subject_name(c)} expired {c.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        for c in chain
        if now >= c.not_valid_after_utc
    ]
    return early + late


def subject_name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def pem(chain: Sequence[x509.Certificate]) -> bytes:
    """Return a chain as PEM, in its order."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
