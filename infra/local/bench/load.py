"""Clients without end, at a steady rate."""

import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from infra.local.bench.session import Session, Target, anyone, session

RATE = 100.0
"""Sessions a second, in all."""

CLIENTS = tuple(f"127.254.0.{number}" for number in range(1, 33))
"""The addresses that sessions come from in turn: a relay allows one address so many at once."""

THREADS = 64
"""So many sessions at once keep the rate if none takes longer than half a second."""


@contextmanager
def load(targets: Sequence[Target], rate: float = RATE) -> Iterator[list[Session]]:
    """Make sessions at each target in turn until the block ends; the list grows meanwhile, and is complete after it."""
    began, stop, numbers, tls = time.monotonic(), Event(), itertools.count(), anyone()
    sessions: list[Session] = []

    def work() -> None:
        for number in numbers:
            if stop.wait(max(0.0, began + number / rate - time.monotonic())):
                return
            sessions.append(session(targets[number % len(targets)], tls, CLIENTS[number % len(CLIENTS)]))

    with ThreadPoolExecutor(THREADS, thread_name_prefix="client") as threads:
        working = [threads.submit(work) for _ in range(THREADS)]
        try:
            yield sessions
        finally:
            stop.set()
    for each in working:
        each.result()
