"""When a timer counts as silent, and when a second clock may tick."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.audit import Actor
from shared.domain.timers import APART, RECORDED_FOR, TickJournal, TimerState, belongs_in_history
from shared.ncrontab import Schedule

NOW = datetime(2026, 11, 22, 12, 17, 0, 400_000, tzinfo=UTC)
HOURLY = Schedule.parse("0 17 * * * *")
NIGHTLY = Schedule.parse("0 0 1 * * 1-5")
CLOCK, ADA = Actor("application", "4711"), Actor("person", "0815", "Ada")


def state(last: datetime | None, fired: datetime | None, schedule: Schedule = HOURLY) -> TimerState:
    return TimerState("tick", schedule, last, fired)


@pytest.mark.parametrize(
    ("later", "silent"),
    [(59, False), (61, False), (119, False), (121, True), (9999, True)],
)
def test_a_timer_is_silent_after_two_missed_times(later: int, silent: bool) -> None:
    timer, now = state(NOW, NOW), NOW + timedelta(minutes=later)
    assert (timer.is_silent(now), timer.is_overdue(now)) == (silent, silent)


def test_times_are_the_schedule_s_whatever_their_distance() -> None:
    saturday = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert state(saturday, saturday, NIGHTLY).silent_from == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_a_timer_that_somebody_stands_in_for_is_silent_and_not_overdue() -> None:
    later = NOW + timedelta(hours=5)
    timer = state(later - timedelta(minutes=10), NOW)
    assert (timer.is_silent(later), timer.is_overdue(later)) == (True, False)


def test_what_never_was_is_overdue_and_not_silent() -> None:
    assert (state(None, None).is_silent(NOW), state(None, None).is_overdue(NOW)) == (False, True)


@pytest.mark.parametrize(
    ("last", "fired", "needed"),
    [
        (None, None, True),
        (timedelta(minutes=59), timedelta(minutes=59), False),
        (timedelta(minutes=61), timedelta(minutes=61), True),
        (timedelta(0), timedelta(hours=9), False),
        (timedelta(minutes=1), timedelta(hours=9), True),
    ],
)
def test_a_second_clock_stands_in_for_a_silent_timer_at_its_times(
    last: timedelta | None, fired: timedelta | None, needed: bool
) -> None:
    last_at, fired_at = (None if each is None else NOW - each for each in (last, fired))
    assert state(last_at, fired_at).needs_second_clock(NOW) == needed


def test_a_tick_keeps_others_away_for_a_minute_whoever_ticked() -> None:
    for journal in (TickJournal().by_timer(NOW), TickJournal().by_caller(CLOCK, NOW)):
        assert journal.wait(NOW + timedelta(seconds=20)) == timedelta(seconds=40)
        assert journal.wait(NOW + APART) == timedelta(0)
    assert TickJournal().wait(NOW) == timedelta(0)


def test_a_clock_that_was_set_back_keeps_nobody_away() -> None:
    assert TickJournal().by_timer(NOW).wait(NOW - timedelta(hours=1)) == timedelta(0)


def test_silence_counts_from_the_first_tick_where_the_timer_never_ticked() -> None:
    first = TickJournal().by_caller(CLOCK, NOW)
    assert first.by_caller(CLOCK, NOW + timedelta(hours=1)).timer == NOW
    assert first.by_timer(NOW + timedelta(hours=1)).timer == NOW + timedelta(hours=1)


def recorded(actor: Actor, steps: int, apart: timedelta) -> int:
    """Count the records of one caller who ticks again and again."""
    journal, count = TickJournal(), 0
    for step in range(steps):
        journal = journal.by_caller(actor, NOW + step * apart)
        count += belongs_in_history(actor, journal, NOW + step * apart)
    return count


def test_of_a_program_the_history_has_one_tick_a_day_and_of_a_person_each() -> None:
    assert recorded(CLOCK, 3 * 144, timedelta(minutes=10)) == 3
    assert recorded(ADA, 5, timedelta(minutes=10)) == 5


def test_two_programs_have_a_record_each_and_old_ones_are_forgotten() -> None:
    journal = TickJournal().by_caller(CLOCK, NOW)
    other = Actor("application", "4712")
    journal = journal.by_caller(other, NOW + timedelta(minutes=5))
    assert belongs_in_history(other, journal, NOW + timedelta(minutes=5))
    assert len(journal.recorded) == 2
    assert journal.by_caller(ADA, NOW + 2 * RECORDED_FOR).recorded == {}
