"""Times as every command prints them, always in UTC, and as people write them: `2h`, `7d`, a date, RFC 3339."""

import re
from datetime import UTC, datetime, timedelta

from relaykeeper.failures import UsageFailure
from shared.text import quoted

MINUTE, HOUR, DAY = 60, 3600, 86_400

UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
SPAN = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)

LONGEST_SPAN = 20
"""Characters."""

COARSE = 2
"""A span is shown in hours from so many hours on, and so with the other units: `90m`, `3h`, `47h`, `2d`."""


def now() -> datetime:
    return datetime.now(UTC)


def span(seconds: float) -> str:
    """Return a span in its greatest fitting unit: `45s`, `12m`, `3h`, `59d`."""
    whole = int(abs(seconds))
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if whole >= COARSE * length:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def age(moment: datetime | None, at: datetime) -> str:
    """Return how long ago a moment was, for a column; `-` if there is none."""
    return "-" if moment is None else span(max((at - moment).total_seconds(), 0))


def day_left(moment: datetime | None, at: datetime) -> str:
    """Return a day and how far away it is: `2027-02-28 (59d)`, `2026-11-01 (29d ago)`; `-` if there is none."""
    if moment is None:
        return "-"
    ago = " ago" if moment < at else ""
    return f"{moment.astimezone(UTC):%Y-%m-%d} ({span((moment - at).total_seconds())}{ago})"


def minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def second(moment: datetime) -> str:
    """Return a moment to the second, as lines of the history begin."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def minute_away(moment: datetime, at: datetime) -> str:
    """Return a moment and how far away it is: `2026-11-30 12:04 UTC (3m ago)`, `... (in 2h)`."""
    seconds = (moment - at).total_seconds()
    return f"{minute(moment)} ({f'in {span(seconds)}' if seconds > 0 else f'{span(seconds)} ago'})"


def read_moment(text: str, at: datetime, option: str) -> datetime:
    """Read `2h` (so long ago), a date (its first moment in UTC), or RFC 3339 with an offset. Raises UsageFailure."""
    try:
        if found := SPAN.fullmatch(text):
            return at - timedelta(seconds=int(found[1]) * UNITS[found[2]])
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-11-30"):
            return moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UsageFailure(
        f"{option} {quoted(text)} is no time: write 30m, 2h, 7d or 2w (so long ago), a date such as 2026-11-30, or "
        "2026-11-30T12:00:00Z"
    )


def read_span(text: str, option: str) -> timedelta:
    """Read `20s`, `30m`, `4h`, `1h30m`, `2d`. Raises UsageFailure."""
    if len(text) <= LONGEST_SPAN and re.fullmatch(f"({SPAN.pattern})+", text, re.ASCII):
        return timedelta(seconds=sum(int(number) * UNITS[unit] for number, unit in SPAN.findall(text)))
    raise UsageFailure(f"{option} {quoted(text)} is no span of time: write 20s, 30m, 4h, 1h30m or 2d")


def rfc3339(moment: datetime) -> str:
    """Return a moment as the API reads it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
