"""The contract of ports.Clock."""

from datetime import timedelta

import pytest

from shared.adapters.clock import SystemClock
from shared.ports import Clock
from tests.fakes.clock import FakeClock


@pytest.fixture(params=[FakeClock, SystemClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    """A clock to test."""
    made: Clock = request.param()
    return made


def test_the_time_is_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_a_pause_takes_its_time(clock: Clock) -> None:
    before = clock.now()

    clock.pause(0.01)

    assert clock.now() - before >= timedelta(seconds=0.01)
