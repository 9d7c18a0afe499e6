"""Waiting for what comes by itself."""

import time
from collections.abc import Callable

DEADLINE, PAUSE = 15.0, 0.05
"""Seconds."""


def until(done: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Look until `done`; fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not done within {seconds:g} s"
        time.sleep(PAUSE)
