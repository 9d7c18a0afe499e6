"""Hours of the week in a time zone, written `Mon-Thu 09:00-16:00 Europe/London`."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from shared.suggestions import near

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_A_DAY = timedelta(days=1)

_SPAN = re.compile(r"(?P<opens>([01]\d|2[0-3]):[0-5]\d)-(?P<closes>([01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_ZONE = re.compile(r"[A-Z][-+\w]{1,29}(/[-+\w]{1,29}){0,2}", re.ASCII)
_IN_A_REGION = re.compile("(?!Etc)[A-Z][a-z]+/")
_EXAMPLES = "for example 20:00-06:30 Europe/London and Mon-Thu 09:00-16:00 Europe/London"


@dataclass(frozen=True, slots=True)
class Hours:
    """One span on each of its days, by the clocks of its zone. The moment at which a span ends is outside.

    `days` are those on which a span begins, 0 being Monday. `opens` and `closes` are what the clocks show, as time
    since midnight of that day: a span that crosses midnight closes after more than 24 hours.

    A span begins, and ends, when the clocks first show its time, or a later one where that time is skipped. So in an
    hour that comes twice the first counts; and 01:30-02:30 is half as long on a day on which 02:00 follows upon 01:00.
    """

    text: str
    days: frozenset[int] = field(compare=False)
    opens: timedelta = field(compare=False)
    closes: timedelta = field(compare=False)
    zone: ZoneInfo = field(compare=False)

    def __str__(self) -> str:
        return self.text

    def covers(self, moment: datetime) -> bool:
        """Say whether an aware moment is inside."""
        begin, _ = next(self._spans(moment))
        return begin <= moment.astimezone(UTC)

    def opens_after(self, moment: datetime) -> datetime:
        """Return the next moment inside: `moment` itself if it is, else the beginning of the next span, in UTC."""
        begin, _ = next(self._spans(moment))
        return moment if begin <= moment.astimezone(UTC) else begin

    def ends_after(self, moment: datetime) -> datetime:
        """Return the end, in UTC, of the span that covers `moment`; raises ValueError if none does.

        Where spans adjoin (`00:00-24:00`), the next one begins just then.
        """
        begin, end = next(self._spans(moment))
        if begin > moment.astimezone(UTC):
            raise ValueError(f"{moment} is outside of {self}")
        return end

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield beginning and end, in UTC, of the spans that end after `moment`, one after the other."""
        day = moment.astimezone(self.zone).date() - _A_DAY
        while True:
            if day.weekday() in self.days:
                begin, end = (shown_first(day, time, self.zone) for time in (self.opens, self.closes))
                if end > max(begin, moment.astimezone(UTC)):  # a span is empty where the clocks skip all of it
                    yield begin, end
            day += _A_DAY


def hours(text: str) -> Hours:
    """Read `[DAYS ]HH:MM-HH:MM ZONE`; raises ValueError with a sentence that follows the text."""
    match text.split():
        case [days, span, zone]:
            return _hours(text, _weekdays(days), span, zone)
        case [span, zone] if _SPAN.fullmatch(span) or _ZONE.fullmatch(zone):
            return _hours(text, frozenset(range(len(DAYS))), span, zone)
        case [*_, span] if _SPAN.fullmatch(span):
            raise ValueError(f"does not end with a time zone; allowed are {_EXAMPLES}")
    raise ValueError(f"is not [DAYS ]HH:MM-HH:MM ZONE; allowed are {_EXAMPLES}")


def shown_first(day: date, time: timedelta, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the zone's clocks first show `day` and `time`, or something later."""
    wall = datetime(day.year, day.month, day.day) + time  # noqa: DTZ001, what a clock shows
    moment, other = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if moment <= other:
        return moment

    # The clocks skip this time between the two: each reads it by the offset on the other side of the change (PEP 495).
    def shown(second: int) -> datetime:
        return (other + timedelta(seconds=second)).astimezone(zone).replace(tzinfo=None)

    seconds = range(int((moment - other).total_seconds()))
    return other + timedelta(seconds=bisect_left(seconds, wall, key=shown))


def _hours(text: str, days: frozenset[int], span: str, zone: str) -> Hours:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"holds {span}, which is not HH:MM-HH:MM, from 00:00 to 24:00; allowed are {_EXAMPLES}")
    opens, closes = _time(found["opens"]), _time(found["closes"])
    if opens == closes:
        raise ValueError("begins and ends at the same time; a whole day is 00:00-24:00")
    return Hours(text, days, opens, closes if opens < closes else closes + _A_DAY, _zone(zone))


def _time(text: str) -> timedelta:
    hour, _, minute = text.partition(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def _weekdays(text: str) -> frozenset[int]:
    days = [day for part in text.split(",") for day in _range(*part.split("-", maxsplit=1))]
    if len(set(days)) < len(days):
        raise ValueError(f"names a day twice in {text}")
    return frozenset(days)


def _range(first: str, last: str | None = None) -> list[int]:
    """The days from `first` to `last`, which may lie in the next week."""
    begin = _day(first)
    if last is None:
        return [begin]
    if last == first:
        raise ValueError(f"names a day twice in {first}-{last}")
    return [(begin + step) % len(DAYS) for step in range((_day(last) - begin) % len(DAYS) + 1)]


def _day(text: str) -> int:
    if text in DAYS:
        return DAYS.index(text)
    meant = near(text[:3], DAYS)
    advice = f"; did you mean {meant[0]}? Allowed:" if meant else "; allowed:"
    raise ValueError(f"holds {text or 'nothing'} for a day{advice} {', '.join(DAYS)}, as in Mon-Thu and Mon,Wed")


def _zone(text: str) -> ZoneInfo:
    """The IANA time zone; its twin with leap seconds (`right/...`) and the machine's own (`localtime`) are none."""
    if _ZONE.fullmatch(text):
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, OSError):  # OSError: a folder, as `Europe` is
            pass
    cities = {
        name.lower().rpartition("/")[2]: name for name in sorted(available_timezones()) if _IN_A_REGION.match(name)
    }
    meant = near(text.rpartition("/")[2], cities, likeness=0.75)
    advice = f"did you mean {cities[meant[0]]}? Allowed" if meant else "allowed"
    raise ValueError(f"holds {text}, which is no IANA time zone; {advice} are for example Europe/London and UTC")
