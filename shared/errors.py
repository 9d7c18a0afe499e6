"""The few kinds of failure that callers act on. Adapters translate into them, workflows act, ways in render.

Each sentence says what was tried, where, what stood in the way, and what to do. None carries a key, password or token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class RelaykeeperError(Exception):
    """The common root, so that triggers and the API can tell our failures from bugs."""


class TransientError(RelaykeeperError):
    """It may work later without anybody doing anything: a time-out, a 5xx, a dropped connection."""


class Conflict(TransientError):
    """Somebody wrote between our look and our write: look again."""


class RateLimited(TransientError):
    """The other side asked us to wait.

    `retry_after` is the wait it asked for; `scope` names what is held back (an account, a domain, a set of names).
    """

    def __init__(self, message: str, retry_after: timedelta, scope: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.scope = scope


class OutOfTime(TransientError):
    """It was not tried, because what came before took all the time that there is."""


class PermanentError(RelaykeeperError):
    """A human must act first; the sentence says how."""


class Unreadable(PermanentError):
    """One object in a vault is not what it should be; others in the same vault can be read."""


class NoVersion(PermanentError):
    """A certificate has no version in its vault yet: it is to be issued first."""


class Unforeseen(PermanentError):
    """A bug met one object. The sentence names the object; only the log has the trace (shared/guard.py)."""


class OrderLost(TransientError):
    """The authority answers as if it did not know the order, or something that belongs to it. One such answer may come
    from a server that lags behind the others: ask again before you give the order up."""


class OrderNotReady(TransientError):
    """The authority does not take a CSR for the order now: it has taken one, or the order is not yet ready."""


class AccountUnknown(TransientError):
    """The authority does not know our account (any more): register again."""


class LeaseTaken(RelaykeeperError):
    """Another worker holds the journal; it does the work, so there is nothing to do here."""


class LeaseLost(RelaykeeperError):
    """Our lease ran out and cannot be renewed: stop before the next side effect; another worker continues."""


class JournalUnreadable(PermanentError):
    """The journal holds something that this version did not write."""


class JournalNewer(JournalUnreadable):
    """A newer release wrote the journal, in a schema that this one does not know: leave it, and try again later.

    Permanent, so that no failure is counted and no backoff begins, which the newer release would have to keep: the next
    message or tick is the next attempt, whichever release gets it.
    """


class NotYet(RelaykeeperError):
    """Not a failure: the world needs `wait` more (a projection, a rollout, an authority at work).

    The execution ends here and the certificate comes back through the queue. `waiting_on` says what kind of wait it is,
    whatever its words: the issuance, or a delivery to a place; empty for a wait that is expected, as `settle` is.
    """

    def __init__(self, message: str, wait: timedelta, waiting_on: str = "") -> None:
        super().__init__(message)
        self.wait = wait
        self.waiting_on = waiting_on


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong in the configuration: YAML `path` (`relays.dev.ports[1]`), the sentence, and where: 1-based."""

    path: str
    line: int | None
    message: str
    column: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"


class ConfigError(RelaykeeperError):
    """Every problem in the inventory or the settings, found before anything is contacted."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotFound(RelaykeeperError):
    """There is nothing of that name; `suggestions` are the names that somebody may have meant."""

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(f"{message} Did you mean {' or '.join(suggestions)}?" if suggestions else message)
        self.suggestions = tuple(suggestions)


class NotAllowed(RelaykeeperError):
    """What a person asked for cannot be done as things stand; nothing was changed."""


class TooManyRequests(RelaykeeperError):
    """As many requests of people are open as are allowed; nothing was changed. Ask again after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Paused(RelaykeeperError):
    """A person wants everything about this certificate left as it is: stop before the next effect, write nothing."""
