"""Waiting inside one execution: a few seconds at most, then the certificate comes back through the queue."""

from collections.abc import Callable
from datetime import timedelta

from shared.errors import NotYet
from shared.ports import Clock

PATIENCE = timedelta(seconds=5)
FIRST_PAUSE = timedelta(milliseconds=100)
LONGEST_PAUSE = timedelta(seconds=1)


def wait_for[T](
    look: Callable[[], T],
    done: Callable[[T], bool],
    words: Callable[[T], str],
    clock: Clock,
    asked_for: Callable[[T], timedelta | None] = lambda _: None,
) -> T:
    """Look until `done`, at once and then after growing pauses, or after the pause that the other side `asked_for`.

    Raises NotYet with the last look's `words` when that would take more than a few seconds.
    """
    impatient = clock.now() + PATIENCE
    pause = FIRST_PAUSE
    while not done(seen := look()):
        wait = max(pause, asked_for(seen) or timedelta(0))
        if clock.now() + wait > impatient:
            raise NotYet(words(seen), max(wait, PATIENCE))
        clock.pause(wait.total_seconds())
        pause = min(pause * 2, LONGEST_PAUSE)
    return seen
