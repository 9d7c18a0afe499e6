"""Waiting inside one execution: a few seconds at most, then the certificate comes back through the queue."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from shared.errors import NotYet
from shared.ports import Clock

PATIENCE = timedelta(seconds=5)
FIRST_PAUSE = timedelta(milliseconds=100)
LONGEST_PAUSE = timedelta(seconds=2)


def wait_for[T](
    look: Callable[[], T],
    done: Callable[[T], bool],
    words: Callable[[T], str],
    clock: Clock,
) -> T:
    """Look until `done`. Raises NotYet with the last look's `words` when that would take more than a few seconds."""
    seen, wait = look_for_a_moment(look, done, clock)
    if not done(seen):
        raise NotYet(words(seen), max(wait, PATIENCE))
    return seen


def together(waits: Sequence[NotYet]) -> NotYet:
    """Return several waits as one: the first that is not part of good order says what is waited for."""
    waits_on = next((wait.waits_on for wait in waits if wait.waits_on), "")
    return NotYet("; ".join(map(str, waits)), min(wait.wait for wait in waits), waits_on)


def look_for_a_moment[T](
    look: Callable[[], T],
    done: Callable[[T], bool],
    clock: Clock,
    asked_for: Callable[[T], timedelta | None] = lambda _: None,
) -> tuple[T, timedelta]:
    """Look at once and then after growing pauses, or the pause that the other side `asked_for`, for a few seconds.

    Returns the last look, `done` or not, and the pause that would come next.
    """
    impatient = clock.now() + PATIENCE
    pause = FIRST_PAUSE
    while True:
        seen = look()
        wait = max(pause, asked_for(seen) or timedelta(0))
        if done(seen) or clock.now() + wait > impatient:
            return seen, wait
        clock.pause(wait.total_seconds())
        pause = min(pause * 2, LONGEST_PAUSE)
