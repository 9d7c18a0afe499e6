"""One attempt: how long it waits inside an execution, and how its outcome is recorded and retried."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, Self

from shared.domain.attempt_state import AttemptState
from shared.errors import NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.ports import Clock
from shared.workflows.lease import Leased

log = logging.getLogger("relaykeeper.renew")
progress_log = logging.getLogger("relaykeeper.progress")

RETRY = timedelta(minutes=5)
"""How long after a temporary failure an attempt is made again."""

MAX_WAIT = timedelta(seconds=5)
"""The longest wait inside one execution; what takes longer is a NotYet."""

FIRST_PAUSE = timedelta(milliseconds=100)

MAX_PAUSE = timedelta(seconds=2)


class AttemptJournal(Protocol):
    """A journal of any kind of object, as far as an attempt writes it."""

    @property
    def attempt(self) -> AttemptState: ...

    def with_attempt(self, attempt: AttemptState) -> Self: ...

    def done(self) -> Self:
        """Return the journal of an attempt that neither waits nor failed."""


@contextmanager
def record_outcome[T: AttemptJournal](held: Leased[T]) -> Iterator[None]:
    """Record how the attempt inside ended; schedule another if it needs more time or its failure may be temporary."""
    name = held.target.name
    try:
        with guard(f"working on {name}"):
            yield
    except NotYet as wait:
        log.info("%s: waiting: %s", name, wait)
        waiting = held.journal.attempt.with_wait(wait.waiting_on, str(wait), held.ports.clock.now())
        schedule_retry(wait.wait, waiting, held)
    except TransientError as failure:
        log.error("%s: %s", name, failure)
        schedule_retry(RETRY, held.journal.attempt.with_error(str(failure)), held)
    except PermanentError as failure:
        log.error("%s: %s", name, failure)
        held.save(held.journal.with_attempt(held.journal.attempt.with_error(str(failure))))
    else:
        done = held.journal.done()
        if done != held.journal:
            held.save(done)


def schedule_retry[T: AttemptJournal](wait: timedelta, attempt: AttemptState, held: Leased[T]) -> None:
    """Save `attempt` with the time of the next one, then send the one message for it."""
    held.save(held.journal.with_attempt(replace(attempt, next_attempt=held.ports.clock.now() + wait)))
    held.ports.queue.send(held.message, wait)


def wait_for[T](
    look: Callable[[], T],
    done: Callable[[T], bool],
    describe: Callable[[T], str],
    clock: Clock,
) -> T:
    """Look until `done`. Raises NotYet, as `describe` puts the last look, when that takes more than MAX_WAIT."""
    last, wait = poll(look, done, clock)
    if not done(last):
        raise NotYet(describe(last), max(wait, MAX_WAIT))
    return last


def poll[T](
    look: Callable[[], T],
    done: Callable[[T], bool],
    clock: Clock,
    asked_for: Callable[[T], timedelta | None] = lambda _: None,
) -> tuple[T, timedelta]:
    """Look at once and then after growing pauses, or the pause that the other side `asked_for`, for a few seconds.

    Returns the last look, `done` or not, and the pause that would come next.
    """
    deadline = clock.now() + MAX_WAIT
    pause = FIRST_PAUSE
    while True:
        last = look()
        wait = max(pause, asked_for(last) or timedelta(0))
        if done(last) or clock.now() + wait > deadline:
            return last, wait
        clock.pause(wait.total_seconds())
        pause = min(pause * 2, MAX_PAUSE)


def combine_waits(waits: Sequence[NotYet]) -> NotYet:
    """Return several waits as one: `waiting_on` is that of the first wait that is not expected."""
    waiting_on = next((wait.waiting_on for wait in waits if wait.waiting_on), "")
    return NotYet("; ".join(map(str, waits)), min(wait.wait for wait in waits), waiting_on)


class ProgressLog:
    """Logs each line about `subject` once, however often it is reported."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._told: set[str] = set()

    def report(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            progress_log.info("%s: %s", self._subject, line)
