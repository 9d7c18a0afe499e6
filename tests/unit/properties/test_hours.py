"""Whatever the hours, the zone and the moment: spans are found, end, and leave no gap where they adjoin."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.inventory.hours import DAYS, Hours, hours
from tests.unit.properties.strategies import SAME_EACH_TIME

ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # a day that never was, in 2011
    "Africa/Casablanca",  # an hour less in Ramadan
)
MINUTES_A_DAY = 24 * 60


def written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


zones = st.sampled_from(ZONES)
anything = st.datetimes(datetime(2005, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
changes = st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
moments = anything | st.builds(
    lambda change, distance: change + distance, changes, st.timedeltas(timedelta(hours=-30), timedelta(hours=30))
)
minutes = st.integers(0, MINUTES_A_DAY - 1) | st.integers(0, 4 * 60)
"""Of a day; often of its first hours, in which clocks are changed."""
days = st.just("") | st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(lambda some: ",".join(some) + " ")


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    opens, closes = draw(minutes), draw(minutes | st.just(MINUTES_A_DAY))
    assume(opens != closes)
    return hours(f"{draw(days)}{written(opens)}-{written(closes)} {draw(zones)}")


@SAME_EACH_TIME
@given(any_hours(), moments)
def test_what_opens_is_inside_and_nothing_before_it_is(some: Hours, moment: datetime) -> None:
    opens = some.opens_after(moment)
    assert opens >= moment
    assert some.covers(opens)
    assert (opens == moment) == some.covers(moment)
    if opens > moment:
        assert not some.covers(opens - timedelta(microseconds=1))
        assert not some.covers(moment + (opens - moment) / 2)


@SAME_EACH_TIME
@given(any_hours(), moments)
def test_what_is_inside_ends_and_is_inside_until_then(some: Hours, moment: datetime) -> None:
    begins = some.opens_after(moment)
    ends = some.ends_after(begins)
    assert begins < ends
    assert some.covers(ends - timedelta(microseconds=1))
    assert some.covers(begins + (ends - begins) / 2)
    assert not some.covers(ends) or some.ends_after(ends) > ends


@SAME_EACH_TIME
@given(minutes, minutes, zones, moments)
def test_day_and_night_share_all_time_between_them(opens: int, closes: int, zone: str, moment: datetime) -> None:
    assume(opens != closes)
    day = hours(f"{written(opens)}-{written(closes)} {zone}")
    night = hours(f"{written(closes)}-{written(opens)} {zone}")
    assert day.covers(moment) != night.covers(moment)
    inside, outside = (day, night) if day.covers(moment) else (night, day)
    assert inside.ends_after(moment) == outside.opens_after(moment) or inside.covers(inside.ends_after(moment))


@SAME_EACH_TIME
@given(zones, moments)
def test_a_whole_day_every_day_is_always(zone: str, moment: datetime) -> None:
    assert hours(f"00:00-24:00 {zone}").covers(moment)


@SAME_EACH_TIME
@given(any_hours(), moments)
def test_the_clock_on_the_wall_is_right_on_days_on_which_nobody_changes_it(some: Hours, moment: datetime) -> None:
    around = [(moment + timedelta(hours=step)).astimezone(some.zone).utcoffset() for step in range(-48, 49)]
    assume(len(set(around)) == 1)
    wall = moment.astimezone(some.zone)
    shown = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    today = wall.weekday() in some.days and some.opens <= shown < some.closes
    yesterday = (wall.weekday() - 1) % 7 in some.days and shown + timedelta(days=1) < some.closes
    assert some.covers(moment) == (today or yesterday)


@SAME_EACH_TIME
@given(any_hours(), moments, zones)
def test_the_time_zone_of_a_moment_makes_no_difference(some: Hours, moment: datetime, zone: str) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    assert some.covers(local) == some.covers(moment)
    assert some.opens_after(local).astimezone(UTC) == some.opens_after(moment)
