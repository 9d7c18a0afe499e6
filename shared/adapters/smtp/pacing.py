"""How many sessions a relay gets from us: one at a time per address, and another try after a pause where it is busy.

Mail servers limit the connections of a client, and a limit that our own questions reach says nothing of the relay.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from weakref import WeakValueDictionary

from shared.adapters.smtp.connection import Deadline, SessionError
from shared.domain.serving.probe import Probe
from shared.log_context import of_this_step

ADDRESSES_AT_ONCE = 16

FIRST_BUSY_PAUSE = 0.5
"""Seconds before another try at a busy server; doubled each time."""

_turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
_taking = threading.Lock()


@dataclass(frozen=True, slots=True)
class Question[T]:
    """One question to the server at `probe`: `attempt` is one try, and raises SessionError; `failed` says what it means
    that all tries failed, of which the last raised that error."""

    probe: Probe
    attempt: Callable[[Deadline], T]
    failed: Callable[[SessionError], T]


def paced[T](questions: Sequence[Question[T]], seconds: float) -> tuple[T, ...]:
    """Put each question, and return what came of it in the questions' order: of an attempt, or of why all failed.

    `seconds` are for one question, all its tries included, unless its probe says otherwise.
    """
    by_address: dict[str, list[int]] = {}
    for position, question in enumerate(questions):
        by_address.setdefault(question.probe.address, []).append(position)
    found: dict[int, T] = {}

    def ask(positions: Iterable[int]) -> None:
        found.update(one_by_one(positions, questions, seconds))

    with ThreadPoolExecutor(ADDRESSES_AT_ONCE, thread_name_prefix="smtp") as threads:
        list(threads.map(of_this_step(ask), by_address.values()))
    return tuple(found[position] for position in range(len(questions)))


def one_by_one[T](positions: Iterable[int], questions: Sequence[Question[T]], seconds: float) -> dict[int, T]:
    """Put the questions to one address. A port that did not come as far as TLS is not asked for further names."""
    found: dict[int, T] = {}
    closed: dict[int, SessionError] = {}
    for position in positions:
        question, probe = questions[position], questions[position].probe
        try:
            if (error := closed.get(probe.port)) is not None:
                raise error
            with turn(probe.address):
                found[position] = retry_while_busy(question.attempt, Deadline.within(probe.seconds or seconds))
        except SessionError as error:
            if error.early:
                closed[probe.port] = error
            found[position] = question.failed(error)
    return found


def turn(address: str) -> threading.Lock:
    """Return what keeps every other session of this process from an address."""
    with _taking:
        return _turns.setdefault(address, threading.Lock())


def retry_while_busy[T](attempt: Callable[[Deadline], T], deadline: Deadline) -> T:
    """Make the attempt, once more at once if that may help, and after longer and longer pauses where it is busy."""
    pause, tried_again, busy = FIRST_BUSY_PAUSE, False, None
    while True:
        try:
            return attempt(deadline)
        except SessionError as error:
            if error.again == "later" and time.monotonic() + pause < deadline.moment:
                busy = error
                time.sleep(pause)
                pause *= 2
            elif error.again == "at once" and not tried_again:
                tried_again = True
            elif busy is not None and time.monotonic() >= deadline.moment:
                raise busy from None
            else:
                raise
