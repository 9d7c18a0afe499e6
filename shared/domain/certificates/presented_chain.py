"""Whether a client accepts the chain that a server presented, judged as one builds it.

The leaf comes first; what follows may stand in any order and hold more than is needed (RFC 8446, section 4.4.2).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509

from shared.domain.certificates.certificate import dns_names
from shared.domain.certificates.chain import LONGEST_CHAIN, UNREADABLE, ChainError, issued_by, read_all, why_unreadable
from shared.domain.certificates.chain import subject_name as subject
from shared.domain.certificates.chain_faults import date_faults, path_faults, use_faults
from shared.domain.certificates.chain_order import best_way

LONGEST_FAULT = 500

MOST_NAMES = 5


def presented_fault(
    chain: Sequence[bytes],
    name: str | None,
    uses: Iterable[str],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> str:
    """Say what a client objects to in a chain (DER, as presented); empty where it accepts it.

    `name` is the host that it asked for, if it asked for one; `uses` are those of `chain.USES` that the leaf is for;
    `roots` those it trusts: of a leaf that signed itself, the leaf. Never raises, whatever was presented.
    """
    try:
        leaf, others = read_presented(chain)
    except ChainError as error:
        return fit_for_a_log(str(error))
    if signed := [other for other in others if other != leaf and issued_by(other, leaf)]:
        return fit_for_a_log(f"the chain does not begin with its leaf: {subject(leaf)} signed {subject(signed[0])}")
    faults = [
        *name_faults(leaf, name),
        *date_faults([leaf], now),
        *use_faults(leaf, uses),
        *path_to_root_faults(leaf, others, roots, now),
    ]
    return fit_for_a_log("; ".join(faults))


def read_presented(chain: Sequence[bytes]) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Parse the leaf and the certificates after it, without those whose key type, names or extensions are unknown here.

    Raises ChainError for what no client can parse either.
    """
    if not chain:
        raise ChainError("no certificate was presented")
    if len(chain) > LONGEST_CHAIN:
        raise ChainError(f"the chain has {len(chain)} certificates, at most {LONGEST_CHAIN} are accepted")
    leaf, *others = [parse_certificate(position, der) for position, der in enumerate(chain, start=1)]
    if unknown := chain_not_known(leaf):
        raise ChainError(f"the leaf cannot be read: {unknown}")
    return leaf, [other for other in others if not chain_not_known(other)]


def parse_certificate(position: int, der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except UNREADABLE as error:
        raise ChainError(
            f"certificate {position} of the chain is not a certificate: {why_unreadable(error)}"
        ) from error


def chain_not_known(certificate: x509.Certificate) -> str:
    """Say what `cryptography` does not know in a certificate, having it parse everything; empty if it knows all."""
    try:
        read_all(certificate)
        certificate.signature_hash_algorithm  # noqa: B018, asking is the point
    except UNREADABLE as error:
        return why_unreadable(error)
    return ""


def name_faults(leaf: x509.Certificate, name: str | None) -> list[str]:
    names = dns_names(leaf.extensions)
    if name is None or any(covers(pattern, name.lower().removesuffix(".")) for pattern in names):
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"the leaf is for {', '.join(sorted(names)[:MOST_NAMES]) or 'no name'}{more}, not {name}"]


def covers(pattern: str, host: str) -> bool:
    """Say whether a certificate's name is the host's; `*` matches one whole left-most label (RFC 9525, 6.3)."""
    label, _, parent = host.partition(".")
    return host == pattern or (label != "" and parent != "" and pattern == f"*.{parent}")


def path_to_root_faults(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> list[str]:
    """Say what the best way to a root lacks; with cross-signed authorities there may be several ways."""
    chain = best_way(leaf, others, roots, now).chain
    faults = [*path_faults(chain, roots, now), *date_faults(chain[1:], now)]
    if not faults or any(issued_by(leaf, issuer) for issuer in (leaf, *others, *roots)):
        return faults
    return [f"the chain lacks its intermediate: {'; '.join(faults)}"]


def fit_for_a_log(text: str) -> str:
    """Return text that quotes a server as one printable line of bounded length."""
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return printable if len(printable) <= LONGEST_FAULT else f"{printable[:LONGEST_FAULT]}..."
