"""When a certificate is due: by fractions of its lifetime, not a number of days, because lifetimes are shrinking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.certificates.certificate import Leaf, StoredVersion
from shared.domain.certificates.vault_tags import issuer_tag
from shared.inventory.relays import Certificate

DueReason = Literal[
    "NeverIssued", "DueByNames", "DueByKeyType", "DueByIssuer", "DueByExpiry", "DueByLifetime", "DueByRequest"
]

WaitingReason = Literal["HeldByBackoff", "HeldByPause"]

RenewalReason = Literal["NotDue"] | WaitingReason | DueReason

SHORT_LIFETIME = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nothing to issue."""

    message: str
    reason: Literal["NotDue"] = "NotDue"


@dataclass(frozen=True, slots=True)
class Due:
    """A new version is to be issued now."""

    reason: DueReason
    message: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new version is due, but not to be asked for before `until`."""

    reason: WaitingReason
    message: str
    until: datetime


RenewalVerdict = Fresh | Due | Waiting


def judge_renewal(
    certificate: Certificate,
    stored: StoredVersion | None,
    not_before: datetime | None,
    now: datetime,
    forced: str | None = None,
) -> RenewalVerdict:
    """Say whether `certificate` needs a new version.

    `not_before` is the end of the backoff after earlier failures; `forced` is why a person wants a new version although
    none is due.
    """
    due = why_due(certificate, stored, now)
    if due is None and forced is not None:
        due = Due("DueByRequest", forced)
    if due is None:
        assert stored is not None
        return Fresh(f"valid until {stored.leaf.not_after:%Y-%m-%d}, due {renew_at(stored.leaf):%Y-%m-%d}")
    if not_before is not None and now < not_before:
        return Waiting("HeldByBackoff", f"{due.message}; next attempt {not_before:%H:%M:%S} UTC", not_before)
    return due


def why_due(certificate: Certificate, stored: StoredVersion | None, now: datetime) -> Due | None:
    """Return why a new version is needed, or None where the stored one is good."""
    if stored is None:
        return Due("NeverIssued", "no version in the vault yet")
    leaf, wanted = stored.leaf, frozenset(certificate.dns_names)
    expiry = f"{leaf.not_after:%Y-%m-%d %H:%M} UTC"
    if added := wanted - leaf.names:
        return Due("DueByNames", f"names wanted that the stored version lacks: {', '.join(sorted(added))}")
    if dropped := leaf.names - wanted:
        return Due("DueByNames", f"names no longer wanted: {', '.join(sorted(dropped))}")
    if leaf.key != certificate.key:
        return Due("DueByKeyType", f"key is {leaf.key}, wanted {certificate.key}")
    if (issuer := issuer_tag(stored)) not in (None, certificate.issuer):
        return Due("DueByIssuer", f"issued by {issuer}, wanted {certificate.issuer}")
    if now >= leaf.not_after:
        return Due("DueByExpiry", f"expired {expiry}")
    if now >= renew_at(leaf):
        return Due("DueByLifetime", f"expires {expiry}, renewal was due {renew_at(leaf):%Y-%m-%d}")
    return None


def renew_at(leaf: Leaf) -> datetime:
    """Return the moment from which `leaf` is due: with a third of its life left, with a short lifetime with half."""
    return leaf.not_after - (leaf.lifetime / 2 if leaf.lifetime < SHORT_LIFETIME else leaf.lifetime / 3)
