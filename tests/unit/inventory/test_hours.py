"""Hours are those that the clocks on the wall show, on the days when they are changed too."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.inventory.hours import hours

LONDON = ZoneInfo("Europe/London")


def utc(text: str) -> datetime:
    """2026, month and day, hour and minute: `03-29 01:00`."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def next_span(text: str, after: str) -> tuple[datetime, datetime]:
    begin = hours(text).opens_after(utc(after))
    return begin, hours(text).ends_after(begin)


@pytest.mark.parametrize(
    ("text", "after", "begins", "ends"),
    [
        ("Mon-Thu 09:00-16:00 Europe/London", "11-22 12:00", "11-23 09:00", "11-23 16:00"),
        ("Mon-Thu 09:00-16:00 Europe/London", "11-26 16:00", "11-30 09:00", "11-30 16:00"),
        ("Mon-Thu 09:00-16:00 Europe/London", "06-01 00:00", "06-01 08:00", "06-01 15:00"),
        ("Mon,Wed 09:00-16:00 UTC", "11-23 16:00", "11-25 09:00", "11-25 16:00"),
        ("Mon,Wed-Thu 09:00-16:00 UTC", "11-25 16:00", "11-26 09:00", "11-26 16:00"),
        ("Sat-Mon 09:00-16:00 UTC", "11-23 16:00", "11-28 09:00", "11-28 16:00"),
        ("Sat-Mon 09:00-16:00 UTC", "11-22 16:00", "11-23 09:00", "11-23 16:00"),
        ("20:00-06:30 Europe/London", "11-22 12:00", "11-22 20:00", "11-23 06:30"),
        ("Fri 20:00-06:30 Europe/London", "11-22 12:00", "11-27 20:00", "11-28 06:30"),
        ("18:00-24:00 UTC", "11-22 12:00", "11-22 18:00", "11-23 00:00"),
        ("00:00-24:00 America/New_York", "11-22 04:00", "11-22 04:00", "11-22 05:00"),
        ("23:00-22:00 UTC", "11-22 22:30", "11-22 23:00", "11-23 22:00"),
    ],
)
def test_the_next_span_is_found(text: str, after: str, begins: str, ends: str) -> None:
    assert next_span(text, after) == (utc(begins), utc(ends))


@pytest.mark.parametrize(
    ("text", "after", "begins", "ends"),
    [
        # On 29 March 2026 London's clocks go from 01:00 to 02:00, at 01:00 UTC.
        ("00:30-01:30 Europe/London", "03-29 00:00", "03-29 00:30", "03-29 01:00"),
        ("01:30-02:30 Europe/London", "03-29 00:00", "03-29 01:00", "03-29 01:30"),
        ("00:30-02:30 Europe/London", "03-29 00:00", "03-29 00:30", "03-29 01:30"),
        ("01:00-02:00 Europe/London", "03-29 00:00", "03-30 00:00", "03-30 01:00"),
        ("01:10-01:50 Europe/London", "03-29 00:00", "03-30 00:10", "03-30 00:50"),
        ("Sun 01:10-01:50 Europe/London", "03-29 00:00", "04-05 00:10", "04-05 00:50"),
        ("20:00-06:30 Europe/London", "03-28 12:00", "03-28 20:00", "03-29 05:30"),
        ("20:00-01:30 Europe/London", "03-28 12:00", "03-28 20:00", "03-29 01:00"),
        ("Sun 01:30-20:00 Europe/London", "03-29 00:00", "03-29 01:00", "03-29 19:00"),
        # On 25 October 2026 they go from 02:00 to 01:00, at 01:00 UTC.
        ("00:30-01:30 Europe/London", "10-24 23:00", "10-24 23:30", "10-25 00:30"),
        ("01:30-02:30 Europe/London", "10-24 23:00", "10-25 00:30", "10-25 02:30"),
        ("01:00-02:00 Europe/London", "10-24 23:00", "10-25 00:00", "10-25 02:00"),
        ("01:10-01:50 Europe/London", "10-24 23:00", "10-25 00:10", "10-25 00:50"),
        ("20:00-06:30 Europe/London", "10-24 12:00", "10-24 19:00", "10-25 06:30"),
        ("20:00-01:30 Europe/London", "10-24 12:00", "10-24 19:00", "10-25 00:30"),
        ("00:00-24:00 Europe/London", "10-24 23:00", "10-24 23:00", "10-26 00:00"),
    ],
)
def test_the_day_on_which_the_clocks_are_changed_is_right(text: str, after: str, begins: str, ends: str) -> None:
    assert next_span(text, after) == (utc(begins), utc(ends))


def test_a_day_that_never_was_has_no_hours() -> None:
    """Samoa went from Thursday, 29 December 2011, to Saturday."""
    samoa = hours("Fri 09:00-17:00 Pacific/Apia")
    assert samoa.opens_after(datetime(2011, 12, 29, 12, tzinfo=UTC)) == datetime(2012, 1, 5, 19, tzinfo=UTC)


def test_the_end_is_outside_and_the_beginning_inside() -> None:
    window = hours("Mon-Thu 09:00-16:00 Europe/London")
    moments = [utc(f"11-23 {time}") for time in ("08:59", "09:00", "15:59", "16:00")]
    assert [window.covers(moment) for moment in moments] == [False, True, True, False]


def test_a_span_across_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday = hours("Fri 20:00-06:30 Europe/London")
    assert friday.covers(utc("11-28 06:00"))
    assert not friday.covers(utc("11-27 06:00"))


def test_the_two_occurrences_of_a_repeated_hour_are_distinguished() -> None:
    first, second = (datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=fold) for fold in (0, 1))
    until = hours("00:30-01:45 Europe/London")
    assert [until.covers(first), until.covers(second)] == [True, False]
    assert until.ends_after(first) == utc("10-25 00:45")
    assert hours("01:00-03:00 UTC").opens_after(first) == utc("10-25 01:00")


def test_what_covers_no_moment_has_no_end_then() -> None:
    with pytest.raises(ValueError, match=r"2026-11-22 12:00:00\+00:00 is outside of 20:00-06:30 Europe/London"):
        hours("20:00-06:30 Europe/London").ends_after(utc("11-22 12:00"))


def test_hours_are_written_as_they_were_read() -> None:
    text = "Mon-Thu 09:00-16:00 Europe/London"
    assert str(hours(text)) == text
    assert hours(text) == hours(text)


EXAMPLES = "allowed are for example 20:00-06:30 Europe/London and Mon-Thu 09:00-16:00 Europe/London"
DAYS = "Mon, Tue, Wed, Thu, Fri, Sat, Sun, as in Mon-Thu and Mon,Wed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", f"is not [DAYS ]HH:MM-HH:MM ZONE; {EXAMPLES}"),
        ("always", f"is not [DAYS ]HH:MM-HH:MM ZONE; {EXAMPLES}"),
        ("Mon - Thu 09:00-16:00 UTC", f"is not [DAYS ]HH:MM-HH:MM ZONE; {EXAMPLES}"),
        ("09:00-16:00", f"does not end with a time zone; {EXAMPLES}"),
        ("Mon 09:00-16:00", f"does not end with a time zone; {EXAMPLES}"),
        ("9:00-16:00 UTC", f"holds 9:00-16:00, which is not HH:MM-HH:MM, from 00:00 to 24:00; {EXAMPLES}"),
        ("09:00-16:60 UTC", "holds 09:00-16:60, which is not HH:MM-HH:MM"),
        ("24:00-06:00 UTC", "holds 24:00-06:00, which is not HH:MM-HH:MM"),
        ("09:00-24:30 UTC", "holds 09:00-24:30, which is not HH:MM-HH:MM"),
        ("٠٩:00-16:00 UTC", "which is not HH:MM-HH:MM"),
        ("09:00-09:00 UTC", "begins and ends at the same time; a whole day is 00:00-24:00"),
        ("mon 09:00-16:00 UTC", f"holds mon for a day; did you mean Mon? Allowed: {DAYS}"),
        ("Thursday 09:00-16:00 UTC", "holds Thursday for a day; did you mean Thu?"),
        ("Mon-Do 09:00-16:00 UTC", f"holds Do for a day; allowed: {DAYS}"),
        ("Mon, 09:00-16:00 UTC", "holds nothing for a day"),
        ("Mon-Wed,Tue 09:00-16:00 UTC", "names a day twice in Mon-Wed,Tue"),
        ("Mon-Mon 09:00-16:00 UTC", "names a day twice in Mon-Mon"),
        ("09:00-16:00 London", "holds London, which is no IANA time zone; did you mean Europe/London?"),
        ("09:00-16:00 europe/london", "did you mean Europe/London? Allowed are for example"),
        ("09:00-16:00 Europe/Londno", "did you mean Europe/London? Allowed are for example"),
        ("09:00-16:00 BST", "holds BST, which is no IANA time zone; allowed are for example Europe/London and UTC"),
        ("09:00-16:00 GMT-1", "holds GMT-1, which is no IANA time zone; allowed are"),
        ("09:00-16:00 Europe", "holds Europe, which is no IANA time zone; allowed are"),
        ("09:00-16:00 right/Europe/London", "did you mean Europe/London?"),
        ("09:00-16:00 localtime", "holds localtime, which is no IANA time zone; allowed are"),
        ("09:00-16:00 ../../etc/passwd", "is no IANA time zone; allowed are"),
        ("09:00-16:00 Aa" + "/a" * 5000, "is no IANA time zone; allowed are"),
    ],
)
def test_the_problem_of_malformed_hours_says_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011, the sentence is compared
        hours(text)
    assert says in str(refused.value)
