"""Ask an app again and again, gently: what it asks for in Retry-After holds, and one failure ends nothing."""

from collections.abc import Callable, Iterator
from time import sleep

from relaykeeper.app.api import Busy
from relaykeeper.failures import AppRefused, NotReached
from relaykeeper.output import note
from shared.errors import TransientError

LONGEST_PAUSE = 300.0
"""Seconds: after failures in a row the pauses double up to it."""


def ask_again[T](ask: Callable[[], T], seconds: float) -> Iterator[T]:
    """Yield what `ask` returns, each time after a pause. The first failure of several is printed, and when it is over.

    Raises what `ask` raises if asking again cannot help: no role, a name that is gone.
    """
    pause, failing = seconds, False
    while True:
        sleep(pause)
        try:
            found = ask()
        except Busy as busy:
            pause = max(busy.retry_after, doubled(pause))
            failing = say_once(failing, busy)
        except (NotReached, TransientError, AppRefused) as failure:
            pause = doubled(pause)
            failing = say_once(failing, failure)
        else:
            if failing:
                note("the app answers again")
            pause, failing = seconds, False
            yield found


def doubled(pause: float) -> float:
    return min(2 * pause, LONGEST_PAUSE)


def say_once(failing: bool, failure: Exception) -> bool:
    if not failing:
        note(f"{failure}; it is asked again")
    return True
