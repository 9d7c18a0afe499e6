"""NCRONTAB, the six fields of a timer trigger: second, minute, hour, day, month, day of the week; UTC.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
Unlike crontab(5) and the libraries made for it, a day must match both its fields, and 7 is no Sunday.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import product

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

HORIZON = timedelta(days=366 * 41)
"""29 February falls on a given day of the week within 40 years, even across a year like 2100."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field's name, its range, and words for its values, the first word meaning `lowest`."""

    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def values(self, text: str) -> tuple[int, ...]:
        """The values that `text` names, in order; raises ValueError if it names none."""
        return tuple(sorted({value for part in text.split(",") for value in self._part(part)}))

    def _part(self, part: str) -> range:
        """`*`, a value or a range of them, each with or without `/step`."""
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = self.lowest, self.highest
        else:
            start = self._value(first)
            end = self._value(last) if dash else self.highest if slash else start
        if end < start or (slash and not (step.isdecimal() and int(step))):
            raise ValueError(f"{part!r} is no {self.name} of a schedule")
        return range(start, end + 1, int(step) if slash else 1)

    def _value(self, text: str) -> int:
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        if not text.isdecimal() or not self.lowest <= int(text) <= self.highest:
            raise ValueError(f"{text!r} is no {self.name} of a schedule ({self.lowest} to {self.highest})")
        return int(text)


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of the week", 0, 6, WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer fires: the values that each field allows."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @classmethod
    def parse(cls, expression: str) -> "Schedule":
        """Read six fields, or five that leave the second at 0; raises ValueError that says what is wrong."""
        texts = expression.split()
        if len(texts) == 5:
            texts.insert(0, "0")
        if len(texts) != len(FIELDS):
            raise ValueError(f"the schedule {expression!r} has {len(texts)} fields instead of {len(FIELDS)}")
        return cls(*(field.values(text) for field, text in zip(FIELDS, texts, strict=True)))

    def after(self, moment: datetime) -> datetime:
        """The first time later than `moment` (UTC); raises ValueError if there is none, as for 30 February."""
        earliest = moment.replace(microsecond=0) + timedelta(seconds=1)
        for days in range(HORIZON.days):
            day = earliest.date() + timedelta(days=days)
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays:
                hours = [hour for hour in self.hours if days or hour >= earliest.hour]
                for hour, minute, second in product(hours, self.minutes, self.seconds):
                    candidate = datetime.combine(day, time(hour, minute, second), UTC)
                    if candidate >= earliest:
                        return candidate
        raise ValueError(f"{self} never comes after {moment}")
