"""An estate for workers to meet in."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.e2e.conftest import DEV, HOST, Estate, everything_served
from tests.e2e.killing.killed_host import break_leases
from tests.e2e.working.worker_processes import Crew

NUMBERS = count(1)


@pytest.fixture(scope="package")
def estate(settled: Estate) -> Iterator[Estate]:
    """One estate for all these tests: each begins where the one before ended, with everything served."""
    with everything_served(settled) as estate:
        yield estate


@pytest.fixture
def crew(estate: Estate) -> Iterator[Crew]:
    """Workers to be hired; who is left at the end is killed."""
    crew = Crew(estate.stack.supervisor)
    yield crew
    crew.kill()
    break_leases(estate)


@pytest.fixture
def due(estate: Estate) -> str:
    """Wish for a name that no version has, and return it; the relay reloads as it does by default."""
    estate.wish_of_relay(reload="auto")
    name = f"w{next(NUMBERS)}.dev.mailrelay.platform.hmcts.net"
    estate.wish(DEV, dns_names=[HOST, name])
    return name
