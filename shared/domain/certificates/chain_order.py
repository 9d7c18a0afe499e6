"""Find the best chain in a set of certificates.

Authorities, vaults and people hand chains over in any order and with extra certificates (RFC 8446, section 4.4.2 asks
servers for leaf first, each certificate signed by the next; Exim refuses to start TLS with anything else).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.domain.certificates.certificate import key_hash
from shared.domain.certificates.chain import ChainError, issued_by
from shared.domain.certificates.chain_faults import date_faults, signing_faults

NEVER = datetime.max.replace(tzinfo=UTC)


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
