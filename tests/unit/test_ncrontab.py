from datetime import UTC, datetime
from itertools import pairwise

import pytest

from shared.ncrontab import Schedule

SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("0 17 * * * *", "2026-11-22 12:17:00", "2026-11-22 13:17:00"),
        ("*/15 * * * * *", "2026-11-22 12:00:15", "2026-11-22 12:00:30"),
        ("50/5 59 23 * * *", "2026-11-22 23:59:50", "2026-11-22 23:59:55"),
        ("0 */5 * * * *", "2026-11-22 12:05:00", "2026-11-22 12:10:00"),
        ("0 0 9-17/4 * * *", "2026-11-22 13:00:00", "2026-11-22 17:00:00"),
        ("0 30 9 * * 1-5", "2026-11-23 09:30:00", "2026-11-24 09:30:00"),
        ("0 30 9 * Jan,feb MON", "2027-01-04 09:30:00", "2027-01-11 09:30:00"),
        ("0 0 0 31 * *", "2026-12-31 00:00:00", "2027-01-31 00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29 00:00:00", "2032-02-29 00:00:00"),
        ("30 6 * * *", "2026-11-23 06:30:00", "2026-11-24 06:30:00"),
    ],
)
def test_a_timer_fires_at_the_times_its_fields_name(expression: str, first: str, second: str) -> None:
    schedule = Schedule.parse(expression)
    moments = [schedule.after(SUNDAY_NOON), schedule.after(schedule.after(SUNDAY_NOON))]
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments] == [first, second]


def test_a_day_must_match_both_of_its_fields() -> None:
    schedule = Schedule.parse("0 0 0 13 * fri")
    assert schedule.after(SUNDAY_NOON) == datetime(2027, 8, 13, tzinfo=UTC)


def test_a_time_is_never_its_own_successor() -> None:
    schedule = Schedule.parse("* * * * * *")
    moments = [SUNDAY_NOON.replace(hour=23, minute=59, second=58, microsecond=0)]
    for _ in range(3):
        moments.append(schedule.after(moments[-1]))
    assert [(later - earlier).total_seconds() for earlier, later in pairwise(moments)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("* * * *", "has 4 fields"),
        ("60 * * * * *", "'60' is no second"),
        ("0 0 0 0 * *", "'0' is no day"),
        ("0 0 0 * * 7", "'7' is no day of the week"),
        ("0 17-5 * * * *", "'17-5' is no minute"),
        ("0 */0 * * * *", "'\\*/0' is no minute"),
        ("0 0 0 L * *", "'L' is no day"),
        ("0 0, * * * *", "'' is no minute"),
    ],
)
def test_a_schedule_that_cannot_be_read_says_which_field(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Schedule.parse(expression)


def test_a_schedule_that_never_comes_is_an_error() -> None:
    with pytest.raises(ValueError, match="never comes"):
        Schedule.parse("0 0 0 30 2 *").after(SUNDAY_NOON)
