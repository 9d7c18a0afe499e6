from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from threading import Event

import pytest

from infra.local.host.protos import TypedData
from infra.local.host.serve import is_disabled
from infra.local.host.timers import TimerListener
from infra.local.host.worker import Function, Metadata, Result
from shared.ncrontab import Schedule
from tests.host.hosting import RunningHost


def test_a_timer_that_asks_for_it_runs_on_startup_and_is_not_past_due(host: RunningHost) -> None:
    host.wait_for(function="tick", message="past due: False")
    host.wait_for(event="executed", function="tick")


def listener(trigger: Mapping[str, object], fired: list[datetime], stop: Event, times: int) -> TimerListener:
    """Fires each second, writes down when it did, and stops after some times."""

    def invoke(_function: Function, _value: TypedData, _metadata: Metadata) -> Future[Result]:
        fired.append(datetime.now(UTC))
        if len(fired) == times:
            stop.set()
        ended: Future[Result] = Future()
        ended.set_result(Result(succeeded=False, returned=None))
        return ended

    function = Function("tick", "1", ({"type": "timerTrigger", "name": "timer", **trigger},))
    return TimerListener(function, Schedule.parse("* * * * * *"), invoke)


def test_a_timer_fires_once_per_occurrence_and_never_early_even_if_its_function_fails() -> None:
    fired: list[datetime] = []
    stop = Event()
    began = datetime.now(UTC)
    listener({}, fired, stop, times=2).run(stop)
    seconds = [moment.replace(microsecond=0) for moment in (began, *fired)]
    assert sorted(set(seconds)) == seconds


def test_a_stopped_timer_does_not_wait_for_its_next_time() -> None:
    fired: list[datetime] = []
    stop = Event()
    yearly = listener({"runOnStartup": True}, fired, stop, times=1)
    TimerListener(yearly.function, Schedule.parse("0 0 0 29 2 *"), yearly.invoke).run(stop)
    assert len(fired) == 1


@pytest.mark.parametrize(
    ("value", "disabled"), [("true", True), ("True", True), ("1", True), ("false", False), (None, False)]
)
def test_a_function_is_disabled_by_a_setting_of_its_own(value: str | None, disabled: bool) -> None:
    tick = Function("tick", "1", ({"type": "timerTrigger", "schedule": "0 0 0 29 2 *"},))
    environment = {"AzureWebJobs.watch.Disabled": "true"}
    if value is not None:
        environment["AzureWebJobs.tick.Disabled"] = value
    assert is_disabled(tick, environment) == disabled
