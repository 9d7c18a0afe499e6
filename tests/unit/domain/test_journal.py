"""Backoffs."""

from datetime import timedelta

import pytest

from shared.domain.issuing.issuance import Backoff, back_off
from shared.errors import PermanentError, TransientError
from tests.fakes.inventory import NOW

FAILURE = TransientError("no answer")


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 360), (500, 360)])
def test_a_backoff_doubles_from_five_minutes_to_six_hours(failures: int, minutes: int) -> None:
    earlier = Backoff(failures - 1, NOW, "") if failures > 1 else None
    assert back_off(earlier, FAILURE, NOW, None) == Backoff(failures, NOW + timedelta(minutes=minutes), "no answer")


def test_a_wait_that_the_authority_asked_for_is_kept() -> None:
    assert back_off(None, FAILURE, NOW, timedelta(days=1)).until == NOW + timedelta(days=1)
    assert back_off(None, FAILURE, NOW, timedelta(seconds=1)).until == NOW + timedelta(minutes=5)


def test_a_name_sees_fewer_than_five_failures_in_an_hour() -> None:
    attempts, backoff, now = 0, None, NOW
    while now < NOW + timedelta(hours=1):
        attempts, backoff = attempts + 1, back_off(backoff, FAILURE, now, None)
        now = backoff.until
    assert attempts < 5


def test_a_failure_that_a_person_must_repair_neither_waits_nor_counts() -> None:
    earlier = Backoff(3, NOW, "no answer")
    assert back_off(earlier, PermanentError("no right"), NOW, None) == Backoff(3, NOW, "no right")
