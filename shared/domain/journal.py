"""What we wrote down of a certificate: enough to go on after a crash, small enough to be read by a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.certificates import Thumbprint, Version
from shared.domain.inventory import Certificate
from shared.errors import PermanentError, TransientError

FIRST_BACKOFF = timedelta(minutes=5)
LONGEST_BACKOFF = timedelta(hours=6)
SHORTEST_ABSENCE = timedelta(seconds=5)
LONGEST_ABSENCE = timedelta(minutes=1)
EARLY = timedelta(seconds=1)
"""By how much a delayed message may come too early: Storage counts delays in whole seconds."""

LONGEST_DELAY = timedelta(days=7)
"""No message lives longer."""


@dataclass(frozen=True, slots=True)
class TxtValue:
    """One value of a TXT record set: `name` is the record's full name, after CNAMEs; `zone` is its zone's name."""

    zone: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """A renewal under way. Each field is written before the step that it allows us to repeat.

    `key_hash` is None while we are about to create the pending operation, then the hash of its CSR's key.
    """

    reason: str
    vault: str
    issuer: str
    dns_names: tuple[str, ...]
    key: str
    uses: tuple[str, ...]
    since: datetime
    key_hash: str | None = None
    account: str | None = None
    order: str | None = None
    published: tuple[TxtValue, ...] = ()

    @classmethod
    def of(cls, certificate: Certificate, reason: str, now: datetime) -> "Issuance":
        """Begin an issuance of what the inventory wants now."""
        return cls(
            reason=reason,
            vault=certificate.vault,
            issuer=certificate.issuer,
            dns_names=tuple(certificate.dns_names),
            key=certificate.key,
            uses=tuple(certificate.uses),
            since=now,
        )

    def is_for(self, certificate: Certificate) -> bool:
        """Say whether this is what the inventory wants now."""
        now_wanted = Issuance.of(certificate, self.reason, self.since)
        return now_wanted == replace(self, key_hash=None, account=None, order=None, published=())

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
class Backoff:
    """The authority is not asked again before `until`: `attempts` in a row have failed, the last with `error`."""

    attempts: int
    until: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A version that a place is to serve and was not yet proven to, `since` we began or last wrote its Secret.

    `sound`: when we began, every replica was Ready and showed a certificate, so that what breaks now broke by this
    version. `written`: its Secret was changed for it. `restarted`: when the workload was rolled for it.
    """

    version: Version
    since: datetime
    sound: bool = False
    written: bool = False
    restarted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A version that every replica of a place was seen to serve, and how many replicas there were."""

    version: Version
    thumbprint: Thumbprint
    replicas: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version that must not be delivered: the replicas of `place` did not serve it, or crashed with it.

    `relay` is where it must not be delivered; None: anywhere, because no place has ever served it, or because a
    person's `request` rolled it back: that holds also where it was proven, and `place` is empty. `to`: the version that
    is wanted instead, unless it is the one before.
    """

    version: Version
    relay: str | None
    place: str
    reason: str
    at: datetime
    request: str | None = None
    to: Version | None = None


@dataclass(frozen=True, slots=True)
class Forced:
    """A person's word that `version`, the newest when it was given, is to be replaced although it is not due."""

    version: Version
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """What happened to a certificate at one `relay@cluster`.

    `before`: the version that was proven there before that of `proof`. `adopted`: the field manager whose fields in its
    Secret were taken over.
    """

    delivery: Delivery | None = None
    proof: Proof | None = None
    before: Version | None = None
    error: str | None = None
    adopted: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """The state of one certificate. Losing it costs at most one extra order.

    `next_attempt`: a delayed message is under way for then; messages that come before it are dropped.
    `error`: why the last attempt ended before its work was done, other than by a backoff or at a place.
    `fronts`: what is wrong at a relay's public names.
    """

    schema: int = 1
    issuance: Issuance | None = None
    backoff: Backoff | None = None
    next_attempt: datetime | None = None
    error: str | None = None
    places: Mapping[str, PlaceRecord] = field(default_factory=dict)
    quarantine: tuple[Quarantine, ...] = ()
    fronts: Mapping[str, str] = field(default_factory=dict)
    forced: Forced | None = None

    def at(self, place: str) -> PlaceRecord:
        """Return the record of one `relay@cluster`."""
        return self.places.get(place, PlaceRecord())

    def waits(self, now: datetime) -> bool:
        """Say whether a message that came now is to be dropped, because a delayed one is under way.

        None is on its way to a moment that lies further ahead than messages live, whoever wrote it down.
        """
        return self.next_attempt is not None and EARLY < self.next_attempt - now <= LONGEST_DELAY

    def with_place(self, place: str, record: PlaceRecord) -> "Journal":
        return replace(self, places={**self.places, place: record})

    def only_at(self, places: Collection[str]) -> "Journal":
        """Return the journal without the records of any other place."""
        return replace(self, places={place: record for place, record in self.places.items() if place in places})


@dataclass(frozen=True, slots=True)
class AccountJournal:
    """An account at `directory`: its URL (RFC 8555, section 7.1.2) and its key's thumbprint (RFC 7638)."""

    schema: int = 1
    directory: str | None = None
    url: str | None = None
    key_thumbprint: str | None = None


def absence(since: datetime, now: datetime) -> timedelta:
    """Return how long to stay away from something that has been under way since then: longer and longer."""
    return min(max(SHORTEST_ABSENCE, (now - since) / 4), LONGEST_ABSENCE)


def back_off(
    earlier: Backoff | None, failure: TransientError | PermanentError, now: datetime, asked_for: timedelta | None
) -> Backoff:
    """Return the backoff after one more failure: doubled each time, from five minutes to six hours.

    Five minutes, so that no name sees five failures in an hour (Let's Encrypt's limit). `asked_for` is the authority's
    own wait, if it named one. What a human must mend neither waits nor counts.
    """
    attempts = earlier.attempts if earlier else 0
    if isinstance(failure, PermanentError):
        return Backoff(attempts, now, str(failure))
    doubled = min(FIRST_BACKOFF * 2 ** min(attempts, 20), LONGEST_BACKOFF)
    return Backoff(attempts + 1, now + max(doubled, asked_for or timedelta(0)), str(failure))
