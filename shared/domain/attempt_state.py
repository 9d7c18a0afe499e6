"""How the last attempt at an object's work stands: it waits, it failed, or it is done."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DELAY_TOLERANCE = timedelta(seconds=1)
"""By how much a delayed message may come too early: Storage counts delays in whole seconds."""

MESSAGE_LIFETIME = timedelta(days=7)
"""The queue deletes a message after this time."""


@dataclass(frozen=True, slots=True)
class AttemptState:
    """What every journal keeps of the last attempt at the object's work. Times are UTC.

    `next_attempt`: a delayed message is under way for then; messages that come before it are dropped. `waiting_for`:
    what the attempt needs more time for, if it did not fail. `waiting_on`: the kind of that wait; empty for a wait that
    is expected. `waiting_since`: when a wait of that kind began. Both outlast failures and backoffs, until that which
    is waited for has ended. `error`: why the attempt ended before its work was done.
    """

    next_attempt: datetime | None = None
    waiting_for: str | None = None
    waiting_on: str = ""
    waiting_since: datetime | None = None
    error: str | None = None

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

    def with_wait(self, waiting_on: str, waiting_for: str, now: datetime) -> "AttemptState":
        """Return the state of an attempt that needs more time: the same kind of wait goes on since it began."""
        goes_on = self.waiting_since is not None and self.waiting_on == waiting_on
        since = self.waiting_since if goes_on else now
        return replace(self, waiting_for=waiting_for, waiting_on=waiting_on, waiting_since=since, error=None)

    def with_error(self, error: str) -> "AttemptState":
        """Return the state of an attempt that failed, and is not made again by itself."""
        return replace(self, next_attempt=None, waiting_for=None, error=error)

    def done(self, *, still_waiting: bool = False) -> "AttemptState":
        """Return the state of an attempt that did its work; `still_waiting`: what was waited for was put off."""
        if not still_waiting:
            return AttemptState()
        return AttemptState(waiting_on=self.waiting_on, waiting_since=self.waiting_since)
