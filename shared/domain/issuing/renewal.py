"""When a certificate is due. Fractions of its lifetime, never a number of days: lifetimes are shrinking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.certificates.certificate import Leaf, StoredVersion
from shared.domain.certificates.vault_tags import issuer_tag
from shared.inventory import Certificate

SHORT_LIFETIME = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class RenewalInfo:
    """The authority's own suggestion (RFC 9773): renew at a moment between `start` and `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nothing to issue."""

    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """A new version is to be issued now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new version is due, but not to be asked for before `until`."""

    reason: str
    until: datetime


RenewalVerdict = Fresh | Due | Waiting


def judge_renewal(
    certificate: Certificate,
    stored: StoredVersion | None,
    renewal_info: RenewalInfo | None,
    not_before: datetime | None,
    now: datetime,
    forced: str | None = None,
) -> RenewalVerdict:
    """Say whether `certificate` needs a new version.

    `renewal_info` replaces the backstop where the authority gave one; `not_before` is the end of the backoff that
    earlier failures earned; `forced` is why a person wants a new version although none is due.
    """
    reason = why_due(certificate, stored, renewal_info, now) or forced
    if reason is None:
        assert stored is not None
        return Fresh(
            f"valid until {stored.leaf.not_after:%Y-%m-%d}, due {renew_at(stored.leaf, renewal_info):%Y-%m-%d}"
        )
    if not_before is not None and now < not_before:
        return Waiting(f"{reason}; next attempt {not_before:%H:%M:%S} UTC", not_before)
    return Due(reason)


def why_due(
    certificate: Certificate, stored: StoredVersion | None, renewal_info: RenewalInfo | None, now: datetime
) -> str | None:
    """Return why a new version is needed, or None where the stored one will do."""
    if stored is None:
        return "no version in the vault yet"
    leaf, wanted = stored.leaf, frozenset(certificate.dns_names)
    if added := wanted - leaf.names:
        return f"names wanted that the stored version lacks: {', '.join(sorted(added))}"
    if dropped := leaf.names - wanted:
        return f"names no longer wanted: {', '.join(sorted(dropped))}"
    if leaf.key != certificate.key:
        return f"key is {leaf.key}, wanted {certificate.key}"
    if (issuer := issuer_tag(stored)) not in (None, certificate.issuer):
        return f"issued by {issuer}, wanted {certificate.issuer}"
    if now >= leaf.not_after:
        return f"expired {leaf.not_after:%Y-%m-%d %H:%M} UTC"
    if now >= renew_at(leaf, renewal_info):
        return f"expires {leaf.not_after:%Y-%m-%d %H:%M} UTC, renewal was due {renew_at(leaf, renewal_info):%Y-%m-%d}"
    return None


def renew_at(leaf: Leaf, renewal_info: RenewalInfo | None) -> datetime:
    """Return the moment from which `leaf` is due: the authority's, else with a third of its life left.

    With a lifetime under ten days: with half of it left.
    """
    if renewal_info is not None:
        return renewal_info.start
    return leaf.not_after - (leaf.lifetime / 2 if leaf.lifetime < SHORT_LIFETIME else leaf.lifetime / 3)
