"""A renewal under way, as its certificate's journal records it: what was ordered, and when it may be tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.audit import Trigger
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.object_ref import Version
from shared.errors import PermanentError, TransientError
from shared.inventory.relays import Certificate

FIRST_BACKOFF = timedelta(minutes=5)

LONGEST_BACKOFF = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class TxtValue:
    """One value of a TXT record set: `name` is the record's full name, after CNAMEs; `zone` is its zone's name."""

    zone: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Propagation:
    """How far a value has propagated: `seen_on` of the zone's authoritative `servers` (`address:port`) serve it."""

    record: TxtValue
    servers: tuple[str, ...]
    seen_on: tuple[str, ...]
    message: str = ""
    """What the first server that lacks it said: `NXDOMAIN`, a time-out, other values."""

    @property
    def complete(self) -> bool:
        return bool(self.servers) and len(self.seen_on) == len(self.servers)


@dataclass(frozen=True, slots=True)
class Missing:
    """The authority has answered requests for `what` as if it did not know our order, `since` then (UTC)."""

    what: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProgress:
    """How far the order under way has come: what spares the authority requests, and a second finalization.

    `records`: the TXT values that it waits for, until its challenges were `answered`. `finalized`: when the authority
    took the CSR. Both are written after the answer: if that is lost, the step is repeated, which is harmless.
    """

    records: tuple[TxtValue, ...] = ()
    answered: datetime | None = None
    finalized: datetime | None = None
    missing: Missing | None = None

    @property
    def asked(self) -> datetime | None:
        """Since when the authority has been at work."""
        return self.finalized or self.answered


def is_replacement(newest: StoredVersion, before: StoredVersion | None, certificate: Certificate) -> bool:
    """Say whether `newest` is what was to replace `before`: another version, for the names and with the key wanted."""
    same = before is not None and newest.version == before.version
    return not same and (newest.leaf.names, newest.leaf.key) == (frozenset(certificate.dns_names), certificate.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """A renewal under way. Each field is written before the step that it allows us to repeat.

    `baseline`: the newest version when it began. `key_hash` is None while we are about to create the pending operation,
    then the hash of its CSR's key. `started_over`: an order of it was lost; losing the next one starts a backoff.
    """

    reason: str
    vault: str
    issuer: str
    dns_names: tuple[str, ...]
    key: str
    uses: tuple[str, ...]
    since: datetime
    baseline: Version | None = None
    key_hash: str | None = None
    account: str | None = None
    order: str | None = None
    progress: OrderProgress = OrderProgress()
    started_over: bool = False
    published: tuple[TxtValue, ...] = ()

    @classmethod
    def of(cls, certificate: Certificate, reason: str, now: datetime, baseline: Version | None = None) -> "Issuance":
        """Begin an issuance of what the inventory wants now."""
        return cls(
            reason=reason,
            vault=certificate.vault,
            issuer=certificate.issuer,
            dns_names=tuple(certificate.dns_names),
            key=certificate.key,
            uses=tuple(certificate.uses),
            since=now,
            baseline=baseline,
        )

    def is_for(self, certificate: Certificate) -> bool:
        """Say whether this is what the inventory wants now."""
        return Issuance.of(certificate, self.reason, self.since, self.baseline).wanted() == self.wanted()

    def wanted(self) -> tuple[object, ...]:
        return self.vault, self.issuer, self.dns_names, self.key, self.uses

    def certificate(self, name: str) -> Certificate:
        """Return what the inventory wanted when this began; not validated, as a person may have edited the journal."""
        return Certificate.model_construct(
            name=name,
            vault=self.vault,
            issuer=self.issuer,
            dns_names=self.dns_names,
            key=self.key,
            uses=self.uses,
        )


@dataclass(frozen=True, slots=True)
class ForcedRenewal:
    """A person's request to replace `version`, the newest at that time, although it is not due."""

    version: Version
    reason: str


@dataclass(frozen=True, slots=True)
class RequestedBy:
    """On whose behalf work is done until it ends, whichever message continues it.

    `baseline`: of a renewal, the newest version when it was asked for, None before the first; else None.
    """

    trigger: Trigger
    baseline: Version | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """The authority is not asked again before `until`: `attempts` in a row have failed, the last with `error`."""

    attempts: int
    until: datetime
    error: str


def back_off(
    earlier: Backoff | None, failure: TransientError | PermanentError, now: datetime, asked_for: timedelta | None
) -> Backoff:
    """Return the backoff after one more failure: doubled each time, from five minutes to six hours.

    Five minutes, so that no name sees five failures in an hour (Let's Encrypt's limit). `asked_for` is the authority's
    own wait, if it named one. What a person must fix (PermanentError) neither waits nor counts.
    """
    attempts = earlier.attempts if earlier else 0
    if isinstance(failure, PermanentError):
        return Backoff(attempts, now, str(failure))
    doubled = min(FIRST_BACKOFF * 2 ** min(attempts, 20), LONGEST_BACKOFF)
    return Backoff(attempts + 1, now + max(doubled, asked_for or timedelta(0)), str(failure))
