"""Read what was done: day by day, and so much at a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.domain.history import Record
from shared.ports import Ports

A_DAY = timedelta(days=1)
MOST_DAYS = 100
"""That one part is looked for in: each is a read of storage."""


END_OF_DAY = 999_999_999
"""A number that no record of a day has."""


class Position(NamedTuple):
    """Before the record of this number, from 0, of a day (UTC); numbers stay, as records are only ever appended."""

    day: date
    number: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which records are asked for: from `since` to before `until`, of a certificate, of an actor's kind, id or name.

    A line that cannot be read may be any of them.
    """

    since: datetime
    until: datetime
    certificate: str | None = None
    actor: str | None = None

    def has(self, record: Record) -> bool:
        actor = record.actor
        return record.event == "unreadable" or (
            self.since <= record.at < self.until
            and self.certificate in (None, record.certificate)
            and (
                self.actor is None or self.actor.casefold() in {actor.kind, actor.id.casefold(), actor.name.casefold()}
            )
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Records, in the order that was asked for, and where to go on; None at the end."""

    records: tuple[Record, ...]
    further: Position | None


def history(chosen: Chosen, start: Position, most: int, ports: Ports) -> Part:
    """Return at most so many of the chosen records, beginning at `start`."""
    found: list[Record] = []
    for offset in range(MOST_DAYS):
        day = start.day + offset * A_DAY
        if day > chosen.until.date():
            return Part(tuple(found), None)
        begin = start.number if offset == 0 else 0
        for number, record in enumerate(ports.history.day(day)[begin:], begin + 1):
            if chosen.has(record):
                found.append(record)
            if len(found) == most:
                return Part(tuple(found), Position(day, number))
    return Part(tuple(found), Position(start.day + MOST_DAYS * A_DAY))


def newest_first(chosen: Chosen, start: Position, most: int, ports: Ports) -> Part:
    """Return at most so many of the chosen records, the newest first, from the one before `start` backwards."""
    found: list[Record] = []
    for offset in range(MOST_DAYS):
        day = start.day - offset * A_DAY
        if day < chosen.since.date():
            return Part(tuple(found), None)
        end = start.number if offset == 0 else END_OF_DAY
        records = ports.history.day(day)[:end]
        for number in range(len(records) - 1, -1, -1):
            if chosen.has(records[number]):
                found.append(records[number])
            if len(found) == most:
                return Part(tuple(found), Position(day, number))
    return Part(tuple(found), Position(start.day - MOST_DAYS * A_DAY, END_OF_DAY))
