"""Check a chain of certificates, in its order, as a client does, and against what was asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.domain.certificates.certificate import dns_names, key_hash
from shared.domain.certificates.chain import UNREADABLE, ChainError, issued_by, subject_name

SLOW_CLOCK = timedelta(minutes=15)
"""How far our clock may be behind the authority's, which need not backdate what it issues."""

USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
"""Extended key usages (RFC 5280, section 4.2.1.12)."""


@dataclass(frozen=True, slots=True)
class ChainPolicy:
    """What a chain must satisfy: the CSR's `key_hash`, DNS `names`, `uses` (`server`, `client`), trusted `roots`."""

    key_hash: str
    names: frozenset[str]
    uses: tuple[str, ...]
    roots: Sequence[x509.Certificate]


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
