"""Times as commands print them and as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from relaykeeper.failures import UsageFailure
from relaykeeper.moments import age, day_left, minute_away, read_moment, rfc3339, second, span

AT = datetime(2026, 12, 31, 12, tzinfo=UTC)
DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d")],
)
def test_a_span_is_shown_in_its_greatest_fitting_unit(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_a_day_says_how_far_away_it_is() -> None:
    assert day_left(datetime(2027, 2, 28, 13, tzinfo=UTC), AT) == "2027-02-28 (59d)"
    assert day_left(AT - 3 * DAYS, AT) == "2026-12-28 (3d ago)"
    assert day_left(None, AT) == "-"


def test_moments_are_shown_in_utc_wherever_they_come_from() -> None:
    berlin = datetime(2026, 12, 31, 14, 30, tzinfo=timezone(timedelta(hours=1)))
    assert minute_away(berlin, AT) == "2026-12-31 13:30 UTC (in 90m)"
    assert minute_away(AT - timedelta(minutes=3), AT) == "2026-12-31 11:57 UTC (3m ago)"
    assert second(berlin) == "2026-12-31 13:30:00Z"
    assert rfc3339(berlin) == "2026-12-31T13:30:00.000000Z"


def test_an_age_is_never_negative() -> None:
    assert (age(AT + DAYS, AT), age(AT - DAYS, AT), age(None, AT)) == ("0s", "24h", "-")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2h", AT - timedelta(hours=2)),
        ("7d", AT - 7 * DAYS),
        ("2w", AT - 14 * DAYS),
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-12-24T13:00:00+01:00", datetime(2026, 12, 24, 12, tzinfo=UTC)),
        ("2026-12-24T12:00:00Z", datetime(2026, 12, 24, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, read: datetime) -> None:
    assert read_moment(text, AT, "--since") == read


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-12-24T12:00:00", "2 h", "-2h", "٣h", "2026-13-01", "999999w", "20261224"]
)
def test_what_is_no_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageFailure, match=r"--since .* is no time: write 30m"):
        read_moment(text, AT, "--since")
