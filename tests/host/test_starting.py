"""What keeps a host from starting, in words that a person can act on."""

import subprocess
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from infra.local.host.host_json import read_host_json
from infra.local.host.protos import TypedData
from infra.local.host.queues import QueueListener
from infra.local.host.settings import HostError
from infra.local.host.timers import TimerListener
from infra.local.host.web import Route
from infra.local.host.worker import Function, Metadata, Result
from tests.host.hosting import SAMPLE_APP, host_command

PREAMBLE = "import azure.functions as func\napp = func.FunctionApp()\n"


def refusal(folder: Path, code: str | None) -> str:
    """What a host says that cannot start with this `function_app.py`."""
    (folder / "host.json").write_text("{}")
    if code is not None:
        (folder / "function_app.py").write_text(code)
    settings = folder / "settings.json"
    settings.write_text('{"Values": {}}')
    ended = subprocess.run(
        host_command(settings, folder, "127.0.0.1"), capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    return ended.stderr


def test_a_broken_import_stops_the_host_with_the_workers_words(tmp_path: Path) -> None:
    said = refusal(tmp_path, "import a_module_that_is_not_there\n")
    assert f"cannot start: the app in {tmp_path} cannot be indexed: ModuleNotFoundError" in said
    assert "a_module_that_is_not_there" in said
    assert f'File "{tmp_path}/function_app.py", line 1' in said


@pytest.mark.parametrize("code", [PREAMBLE, None], ids=["an app without functions", "no function_app.py"])
def test_an_app_with_no_functions_stops_the_host(tmp_path: Path, code: str | None) -> None:
    assert f"no functions were found in {tmp_path}" in refusal(tmp_path, code)


def test_a_parameter_that_no_binding_names_stops_the_host(tmp_path: Path) -> None:
    code = PREAMBLE + '@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")\ndef tick(clock): pass\n'
    assert "cannot load the tick function" in refusal(tmp_path, code)


def test_a_binding_that_the_host_does_not_know_stops_it(tmp_path: Path) -> None:
    code = (
        PREAMBLE
        + '@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")\n'
        + '@app.queue_output(arg_name="out", queue_name="q", connection="S")\n'
        + "def tick(timer: func.TimerRequest, out: func.Out[str]): pass\n"
    )
    assert "tick has the bindings queue, timerTrigger, which this host does not implement" in refusal(tmp_path, code)


def never(_function: Function, _value: TypedData, _metadata: Metadata) -> Future[Result]:
    raise AssertionError("nothing is invoked before the host has started")


@pytest.mark.parametrize(
    ("schedule", "environment", "reason"),
    [
        ("%WHEN%", {}, "refers to %WHEN%, but Values of the settings has no WHEN"),
        ("%WHEN%", {"WHEN": "hourly"}, "the timer of tick: the schedule 'hourly' has 1 fields instead of 6"),
        ("0 0 0 30 2 *", {}, "the timer of tick: .* never comes"),
    ],
)
def test_a_timer_without_a_schedule_is_refused(schedule: str, environment: Mapping[str, str], reason: str) -> None:
    tick = Function("tick", "1", ({"type": "timerTrigger", "schedule": schedule},))
    with pytest.raises(HostError, match=reason):
        TimerListener.of(tick, never, environment)


def test_a_queue_whose_account_is_unknown_is_refused() -> None:
    work = Function("work", "1", ({"type": "queueTrigger", "queueName": "q", "connection": "Here"},))
    rules = read_host_json(SAMPLE_APP, {}).queues
    with pytest.raises(HostError, match="neither Here__queueServiceUri nor Here__accountName"):
        QueueListener.of(work, never, rules, {"Here": "UseDevelopmentStorage=true"})


def test_a_route_with_a_constraint_is_refused() -> None:
    items = Function("items", "1", ({"type": "httpTrigger", "route": "items/{id:int}", "authLevel": "FUNCTION"},))
    with pytest.raises(HostError, match=r"the route segment \{id:int\} is not supported here"):
        Route.of(items)


@pytest.mark.parametrize(
    ("host_json", "reason"),
    [
        ('{"extensions": {"queues": {"batchSize": 33}}}', r"<= 32 - at `\$.extensions.queues.batchSize`"),
        ('{"extensions": {"queues": {"visibilityTimeout": "30s"}}}', "'30s' is no time span like 00:00:30"),
        ("[]", "Expected `object`, got `array`"),
    ],
)
def test_rules_that_cannot_be_obeyed_are_refused(tmp_path: Path, host_json: str, reason: str) -> None:
    (tmp_path / "host.json").write_text(host_json)
    with pytest.raises(HostError, match=f"{tmp_path}/host.json.*{reason}"):
        read_host_json(tmp_path, {})
