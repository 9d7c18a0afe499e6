"""What we record of a certificate: enough to go on after a crash, small enough to be read by a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.issuing.issuance import Backoff, ForcedRenewal, Issuance, RequestedBy
from shared.domain.serving.place_state import PlaceState, Quarantine

MIN_POLL_DELAY = timedelta(seconds=5)
MAX_POLL_DELAY = timedelta(minutes=1)
DELAY_TOLERANCE = timedelta(seconds=1)
"""By how much a delayed message may come too early: Storage counts delays in whole seconds."""

ISSUANCE = "issuance"
"""What a wait for DNS, the authority or the vault is `waiting_on`."""

MESSAGE_LIFETIME = timedelta(days=7)
"""The queue deletes a message after this time."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The state of one certificate. Losing it costs at most one extra order.

    `next_attempt`: a delayed message is under way for then; messages that come before it are dropped. `waiting_for`:
    what the attempt needs more time for, if it did not fail. `waiting_on`: the kind of that wait, `issuance` or a
    place; empty for a wait that is expected. `waiting_since`: when a wait of that kind began (UTC). Both outlast
    failures and backoffs, until that which is waited for has ended. `error`: why the last attempt ended before its work
    was done, other than by a backoff or at a place. `public_endpoints`: what is wrong at a relay's public names.
    `requested_by`: on whose behalf the work under way is done.
    """

    schema: int = 1
    issuance: Issuance | None = None
    backoff: Backoff | None = None
    next_attempt: datetime | None = None
    waiting_for: str | None = None
    waiting_on: str = ""
    waiting_since: datetime | None = None
    error: str | None = None
    places: Mapping[str, PlaceState] = field(default_factory=dict)
    quarantine: tuple[Quarantine, ...] = ()
    public_endpoints: Mapping[str, str] = field(default_factory=dict)
    forced_renewal: ForcedRenewal | None = None
    requested_by: RequestedBy | None = None

    def at(self, place: str) -> PlaceState:
        """Return the record of one `relay@cluster`."""
        return self.places.get(place, PlaceState())

    def is_waiting(self, now: datetime) -> bool:
        """Say whether a message that came now is to be dropped, because a delayed one is under way.

        A moment more than MESSAGE_LIFETIME ahead counts as no wait, because no message can live until then.
        """
        return self.next_attempt is not None and DELAY_TOLERANCE < self.next_attempt - now <= MESSAGE_LIFETIME

    def describe_wait(self) -> str:
        """Say what an attempt that `is_waiting` came to, since when it waits, and when it goes on."""
        came_to = (self.error or self.waiting_for or "under way").removesuffix(".")
        waits = self.error is None and self.waiting_since is not None
        since = f", since {self.waiting_since:%Y-%m-%d %H:%M:%S} UTC" if waits else ""
        return f"{came_to}{since}; the next look is due at {self.next_attempt:%Y-%m-%d %H:%M:%S} UTC"

    def with_wait(self, waiting_on: str, waiting_for: str, now: datetime) -> "Journal":
        """Return the journal of an attempt that needs more time: the same kind of wait goes on since it began."""
        goes_on = self.waiting_since is not None and self.waiting_on == waiting_on
        since = self.waiting_since if goes_on else now
        return replace(self, waiting_for=waiting_for, waiting_on=waiting_on, waiting_since=since, error=None)

    def done(self) -> "Journal":
        """Return the journal of an attempt that neither waits nor failed. An issuance that was put off waits still."""
        waits = self.waiting_on == ISSUANCE and self.issuance is not None
        return replace(
            self,
            next_attempt=None,
            waiting_for=None,
            waiting_on=self.waiting_on if waits else "",
            waiting_since=self.waiting_since if waits else None,
            error=None,
        )

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
