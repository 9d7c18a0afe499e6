"""What we record of a certificate: enough to go on after a crash, small enough to be read by a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.attempt_state import AttemptState
from shared.domain.issuing.issuance import Backoff, ForcedRenewal, Issuance, RequestedBy
from shared.domain.serving.place_state import PlaceState, Quarantine

MIN_POLL_DELAY = timedelta(seconds=5)
MAX_POLL_DELAY = timedelta(minutes=1)

ISSUANCE = "issuance"
"""What a wait for DNS, the authority or the vault is `waiting_on`; else that is a place."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The state of one certificate. Losing it costs at most one extra order.

    `attempt.error` holds only errors that neither `backoff` nor a place's record has. `public_endpoints`: what is wrong
    at a relay's public names. `requested_by`: on whose behalf the work under way is done.
    """

    schema: int = 1
    issuance: Issuance | None = None
    backoff: Backoff | None = None
    attempt: AttemptState = field(default_factory=AttemptState)
    places: Mapping[str, PlaceState] = field(default_factory=dict)
    quarantine: tuple[Quarantine, ...] = ()
    public_endpoints: Mapping[str, str] = field(default_factory=dict)
    forced_renewal: ForcedRenewal | None = None
    requested_by: RequestedBy | None = None

    def at(self, place: str) -> PlaceState:
        """Return the record of one `relay@cluster`."""
        return self.places.get(place, PlaceState())

    def with_attempt(self, attempt: AttemptState) -> "Journal":
        return replace(self, attempt=attempt)

    def done(self) -> "Journal":
        """Return the journal of an attempt that neither waits nor failed. The wait of an
        issuance that was put off goes on."""
        put_off = self.attempt.waiting_on == ISSUANCE and self.issuance is not None
        return self.with_attempt(self.attempt.done(still_waiting=put_off))

    def with_place(self, place: str, state: PlaceState) -> "Journal":
        return replace(self, places={**self.places, place: state})

    def only_at(self, places: Collection[str]) -> "Journal":
        """Return the journal without the records of any other place."""
        return replace(self, places={place: state for place, state in self.places.items() if place in places})


@dataclass(frozen=True, slots=True)
class AccountJournal:
    """An account at `directory`: its URL (RFC 8555, section 7.1.2) and its key's thumbprint (RFC 7638)."""

    schema: int = 1
    directory: str | None = None
    url: str | None = None
    key_thumbprint: str | None = None


def poll_delay(since: datetime, now: datetime) -> timedelta:
    """Return how long to stay away from something that has been under way since then: longer and longer."""
    return min(max(MIN_POLL_DELAY, (now - since) / 2), MAX_POLL_DELAY)
