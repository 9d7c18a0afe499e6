"""A fence: a request of our own, whose trace in the other side's books shows that all earlier ones are in them too."""

import time
from collections.abc import Callable

PATIENCE = 30.0

PAUSE = 0.05


def wait_for_trace(trace: Callable[[], int], fence: Callable[[], object], books: str) -> None:
    """Make the request `fence`, then wait until `trace`, which counts its like in the `books`, has grown."""
    before = trace()
    fence()
    deadline = time.monotonic() + PATIENCE
    while trace() == before:
        assert time.monotonic() < deadline, f"{books}: a request of our own does not show in {PATIENCE:g} s"
        time.sleep(PAUSE)
