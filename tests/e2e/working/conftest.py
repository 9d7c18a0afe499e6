"""A fleet for workers to meet in."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Fleet, everything_served
from tests.e2e.killing.killed_host import break_leases
from tests.e2e.working.worker_processes import Workers


@pytest.fixture(scope="package")
def fleet(settled: Fleet) -> Iterator[Fleet]:
    """One fleet for all these tests: each begins where the one before ended, with everything served."""
    with everything_served(settled) as fleet:
        yield fleet


@pytest.fixture
def workers(fleet: Fleet) -> Iterator[Workers]:
    """Workers to be hired; who is left at the end is killed."""
    workers = Workers(fleet.stack.supervisor)
    yield workers
    workers.kill()
    break_leases(fleet)


@pytest.fixture
def due(fleet: Fleet) -> str:
    """Add a name that no version has, and return it; the relay reloads as it does by default."""
    fleet.change_relay(reload="auto")
    return fleet.add_a_name()
