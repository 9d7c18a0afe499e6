"""Wait for a condition, and say what it still lacked when the time was over."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from infra.deploy.programs import DeployError


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long to wait in all, and between two looks."""

    total: float
    pause: float


def wait_until(patience: Patience, lacks: Callable[[], str], tried: str) -> None:
    """Return once `lacks` returns nothing. Raises DeployError with what it said last if that takes too long."""
    deadline = time.monotonic() + patience.total
    while said := lacks():
        if time.monotonic() + patience.pause > deadline:
            raise DeployError(f"{tried}: {said} (after {patience.total:.0f} s)")
        time.sleep(patience.pause)
