"""Timers and queues: when they fire, which work they start, and how a timer's execution ends."""

import logging
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage

import function_app
from functions.telemetry import MessageOnly
from functions.worker import on_timer
from shared import compose
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import ConfigError, ConfigProblem, PermanentError, TransientError
from shared.log_context import step
from shared.messages import write_message
from shared.ports import Ports
from shared.workflows import tick, watch, work


class InTime(func.TimerRequest):
    past_due = False


@pytest.fixture(autouse=True)
def without_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "compose", lambda _: None)


@pytest.fixture(scope="session")
def functions() -> Mapping[str, Any]:
    """The app's functions; the library lists them once in a process."""
    return {str(each.get_function_name()): each for each in function_app.app.get_functions()}


@pytest.mark.parametrize(
    "failure",
    [TransientError("try later"), PermanentError("repair it"), ConfigError([ConfigProblem("vaults", 3, "is empty")])],
)
def test_a_known_failure_is_logged_once_and_left_to_the_next_tick(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def act(_: Ports) -> None:
        raise failure

    on_timer(InTime(), "4f0c", act)

    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"{failure} [correlation=4f0c")


def test_a_timer_that_is_in_time_says_nothing_and_acts(caplog: pytest.LogCaptureFixture) -> None:
    acted: list[object] = []
    on_timer(InTime(), "4f0c", acted.append)
    assert acted == [None]
    assert caplog.records == []


def test_each_execution_reads_the_environment_of_its_moment(
    functions: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAYKEEPER_INVENTORY", "of-this-moment.yaml")
    monkeypatch.setattr(compose, "compose", lambda environment: environment["RELAYKEEPER_INVENTORY"])
    acted: list[object] = []
    monkeypatch.setattr(work, "renew", lambda _, ports: acted.append(ports))
    functions["renew"].get_user_function()(QueueMessage(body=write_message(Message(certificate_ref("prod"), "4f0c"))))
    on_timer(InTime(), "4f0c", acted.append)
    assert acted == ["of-this-moment.yaml"] * 2


@pytest.mark.parametrize(("name", "schedule"), [("tick", "0 17 * * * *"), ("watch", "0 */10 * * * *")])
def test_unless_set_the_timers_fire_each_hour_and_each_ten_minutes(
    functions: Mapping[str, Any], name: str, schedule: str
) -> None:
    assert functions[name].get_trigger().get_dict_repr()["schedule"] == schedule


@pytest.mark.parametrize(("name", "queue"), [("renew", "work"), ("handle_poison", "work-poison")])
def test_messages_come_from_their_queue_by_the_app_s_own_storage(
    functions: Mapping[str, Any], name: str, queue: str
) -> None:
    trigger = functions[name].get_trigger().get_dict_repr()
    assert (trigger["queueName"], trigger["connection"]) == (queue, "AzureWebJobsStorage")


@pytest.mark.parametrize(("name", "workflow"), [("renew", "work"), ("handle_poison", "give_up")])
def test_a_message_begins_the_work_of_its_queue(
    functions: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch, name: str, workflow: str
) -> None:
    begun: list[Message] = []
    monkeypatch.setattr(work, workflow, lambda message, _: begun.append(message))
    message = Message(certificate_ref("prod"), "4f0c")
    functions[name].get_user_function()(QueueMessage(body=write_message(message)))
    assert begun == [message]


def test_a_tick_has_a_correlation_of_its_own(functions: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(tick, "tick_by_timer", lambda correlation, _: begun.append(correlation))
    for _ in range(2):
        functions["tick"].get_user_function()(InTime())
    assert [len(correlation) for correlation in begun] == [32, 32]
    assert len(set(begun)) == 2


def test_the_watch_watches(functions: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    monkeypatch.setattr(watch, "watch", lambda ports, correlation: begun.append((ports, len(correlation))))
    functions["watch"].get_user_function()(InTime())
    assert begun == [(None, 32)]


def test_what_is_exported_has_its_fields_beside_the_text_alone(caplog: pytest.LogCaptureFixture) -> None:
    with step(correlation="4f0c"):
        logging.getLogger("relaykeeper.test").error("the %s", "text")
    [record] = caplog.records
    assert "4f0c" in record.getMessage()
    assert MessageOnly().format(record) == "the text"
