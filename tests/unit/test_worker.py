"""A known failure ends an execution, any other makes the queue deliver its message again."""

import logging
from collections.abc import Callable

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage

from functions.worker import on_message, on_timer
from shared import compose
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import LeaseTaken, PermanentError, RelaykeeperError, TransientError
from shared.messages import write_message
from shared.ports import Ports

MESSAGE = QueueMessage(body=write_message(Message(certificate_ref("prod"), "4f0c")), dequeue_count=2)


class Timer(func.TimerRequest):
    past_due = True


@pytest.fixture(autouse=True)
def without_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "compose", lambda _: None)


def failing(failure: Exception) -> Callable[[Message, Ports], None]:
    def act(_message: Message, _ports: Ports) -> None:
        raise failure

    return act


@pytest.mark.parametrize(
    "failure", [TransientError("try later"), PermanentError("repair it"), RelaykeeperError("else")]
)
def test_a_known_failure_is_logged_once_and_never_delivered_again(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    on_message(MESSAGE, failing(failure))
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"{failure} [correlation=4f0c object=certificate/prod attempt=2 duration=")


@pytest.mark.parametrize("failure", [ValueError("a bug"), LeaseTaken("another worker has it")])
def test_a_bug_and_a_lease_that_is_taken_bring_the_message_back(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        on_message(MESSAGE, failing(failure))


def test_a_message_that_cannot_be_read_is_logged_and_dropped(caplog: pytest.LogCaptureFixture) -> None:
    on_message(QueueMessage(body="{}"), failing(AssertionError("there is nothing to act on")))
    assert "cannot be read" in caplog.text


def test_every_line_of_a_tick_has_its_correlation(caplog: pytest.LogCaptureFixture) -> None:
    on_timer(Timer(), "4f0c", lambda _: None)
    [record] = caplog.records
    assert record.getMessage().startswith("the timer is late [correlation=4f0c duration=")
