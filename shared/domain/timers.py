"""The two timers, tick and watch: when each ran last, when it counts as silent, and when a second clock may tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.audit import Actor
from shared.ncrontab import Schedule

Timer = Literal["tick", "watch"]

MISSED = 2
"""A timer is silent once that many of its times have passed without it: one alone may be late, or lost to a restart."""

APART = timedelta(minutes=1)
"""At least that much lies between a tick and one that is asked for over HTTP."""

RECORDED_FOR = timedelta(days=1)
"""A program's ticks are in the history once in that time: a scheduled caller would fill it otherwise."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """When the timers fire."""

    tick: Schedule
    watch: Schedule


@dataclass(frozen=True, slots=True)
class TickJournal:
    """`timer`: when the timer ticked last; if it never did, when the first tick was, from which its silence counts.
    `called`: when a tick was asked for over HTTP last. `recorded`: since when the ticks of a program, by `kind/id`, are
    in the history.
    """

    schema: int = 1
    timer: datetime | None = None
    called: datetime | None = None
    recorded: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def last(self) -> datetime | None:
        """When the last tick began, by timer or by call."""
        return max((at for at in (self.timer, self.called) if at is not None), default=None)

    def wait(self, now: datetime) -> timedelta:
        """Return how long nobody may ask for another tick. One in the future, by a wrong clock, does not count."""
        if self.last is None or not self.last <= now < self.last + APART:
            return timedelta(0)
        return self.last + APART - now

    def by_timer(self, now: datetime) -> "TickJournal":
        """Return the journal after a tick of the timer."""
        return replace(self, timer=now)

    def by_caller(self, actor: Actor, now: datetime) -> "TickJournal":
        """Return the journal after a tick over HTTP; it says that the call is in the history, where it has to be."""
        kept = {who: at for who, at in self.recorded.items() if at <= now < at + RECORDED_FOR}
        recorded = kept if actor.kind == "person" else {caller(actor): now, **kept}
        return replace(self, timer=self.timer or now, called=now, recorded=recorded)


def caller(actor: Actor) -> str:
    return f"{actor.kind}/{actor.id}"


def belongs_in_history(actor: Actor, after: TickJournal, now: datetime) -> bool:
    """Say whether a tick over HTTP gets a record: each of a person, of a program the first in a day."""
    return actor.kind == "person" or after.recorded[caller(actor)] == now


@dataclass(frozen=True, slots=True)
class TimerState:
    """One timer. `last`: when what it does was done last, by timer or by call; `fired`: when the timer itself last ran.
    None: nobody knows of any."""

    timer: Timer
    schedule: Schedule
    last: datetime | None
    fired: datetime | None

    @property
    def overdue_from(self) -> datetime | None:
        """From when on it counts as overdue, by timer or by call."""
        return self._missed_from(self.last)

    @property
    def silent_from(self) -> datetime | None:
        """From when on the timer counts as silent."""
        return self._missed_from(self.fired)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether two times have passed without it, or it never was done."""
        return self.overdue_from is None or now > self.overdue_from

    def is_silent(self, now: datetime) -> bool:
        """Say whether the timer does not fire any more. One of which nothing is known yet may be new."""
        return self.silent_from is not None and now > self.silent_from

    def needs_second_clock(self, now: datetime) -> bool:
        """Say whether somebody else has to do it now: the timer is silent or never fired, and a time has passed."""
        if self.fired is not None and not self.is_silent(now):
            return False
        return self.last is None or now >= self.schedule.after(self.last)

    def _missed_from(self, moment: datetime | None) -> datetime | None:
        for _ in range(MISSED):
            moment = None if moment is None else self.schedule.after(moment)
        return moment
