"""Timer triggers.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer
Azure's host remembers the last run in a blob and fires once, `past_due`, for those it missed; this one remembers none.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

from infra.local.host.protos import TypedData
from infra.local.host.settings import HostError, resolve
from infra.local.host.worker import Function, Invoke
from shared.ncrontab import Schedule

LONGEST_WAIT = 60.0
"""Seconds after which the clock is read again: it may have been set, or the machine been asleep."""


@dataclass(frozen=True, slots=True)
class TimerListener:
    """Runs a function when its schedule says so, and never twice at once."""

    function: Function
    schedule: Schedule
    invoke: Invoke

    @classmethod
    def of(cls, function: Function, invoke: Invoke, environment: Mapping[str, str]) -> "TimerListener":
        """The listener of a timer function; raises HostError if its schedule cannot be read."""
        expression = resolve(function.trigger["schedule"], environment)
        try:
            schedule = Schedule.parse(expression)
            schedule.after(datetime.now(UTC))
        except ValueError as error:
            raise HostError(f"the timer of {function.name}: {error}") from error
        return cls(function, schedule, invoke)

    def run(self, stop: Event) -> None:
        """Fire until `stop` is set."""
        if self.function.trigger.get("runOnStartup"):
            self.fire()
        while wait_until(self.schedule.after(datetime.now(UTC)), stop):
            self.fire()

    def fire(self) -> None:
        self.invoke(self.function, on_time(), {}).result()


def on_time() -> TypedData:
    """What a timer function is told: that it is not past due."""
    return TypedData(json=json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}))


def wait_until(moment: datetime, stop: Event) -> bool:
    """Return True at `moment`, or False as soon as `stop` is set."""
    while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
        if stop.wait(min(left, LONGEST_WAIT)):
            return False
    return not stop.is_set()
