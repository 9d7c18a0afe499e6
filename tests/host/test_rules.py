"""The rules that need a function under the test's own control."""

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from threading import Event, Thread

import pytest
from azure.storage.queue import QueueClient, QueueMessage

from infra.local.host.host_json import QueueRules
from infra.local.host.protos import TypedData
from infra.local.host.queues import Poller, QueueListener, pauses
from infra.local.host.worker import Function, Metadata, Result
from tests.host.conftest import Storage
from tests.host.hosting import PAUSE, eventually

RULES = QueueRules(
    batch_size=2,
    new_batch_threshold=1,
    visibility_timeout=timedelta(seconds=1),
    max_dequeue_count=2,
    max_polling_interval=timedelta(seconds=0.2),
    base64=True,
)
FUNCTION = Function("work", "1", ({"type": "queueTrigger", "name": "message"},))
SUCCESS = Result(succeeded=True, returned=None)


class Invocations:
    """Stands where the worker does: the test says when each invocation ends."""

    def __init__(self) -> None:
        self.running: list[Future[Result]] = []

    def invoke(self, _function: Function, _value: TypedData, _metadata: Metadata) -> Future[Result]:
        invocation: Future[Result] = Future()
        self.running.append(invocation)
        return invocation

    def end_all(self) -> None:
        for invocation in self.running:
            if not invocation.done():
                invocation.set_result(SUCCESS)


@contextmanager
def listening(queue: QueueClient) -> Iterator[Invocations]:
    """What a listener on `queue` starts that hides messages for two seconds at a time."""
    invocations = Invocations()
    listener = QueueListener(FUNCTION, queue, None, RULES, invocations.invoke, hidden=timedelta(seconds=2))
    stop = Event()
    thread = Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        yield invocations
    finally:
        stop.set()
        while thread.is_alive():
            invocations.end_all()
            thread.join(PAUSE)


def send(queue: QueueClient, count: int) -> None:
    for _ in range(count):
        queue.send_message(b64encode(b"x").decode())


def visible(queue: QueueClient) -> list[QueueMessage]:
    return queue.peek_messages(max_messages=5)


def left(queue: QueueClient) -> int:
    return queue.get_queue_properties().approximate_message_count or 0


def test_a_message_stays_hidden_while_its_function_runs(queue: QueueClient, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[object] = []
    update = queue.update_message

    def renew(*arguments: object, **options: object) -> object:
        renewals.append(options)
        return update(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "update_message", renew)
    send(queue, 1)
    with listening(queue) as invocations:
        eventually(lambda: len(renewals) == 3, "three renewals, a second apart")
        assert len(invocations.running) == 1
        invocations.end_all()
        eventually(lambda: left(queue) == 0, "the message is deleted by its last pop receipt")


def test_a_batch_is_fetched_only_when_the_one_before_is_down_to_the_threshold(queue: QueueClient) -> None:
    send(queue, 5)
    with listening(queue) as invocations:
        eventually(lambda: len(invocations.running) == 2, "the first batch is worked on")
        assert len(visible(queue)) == 3
        invocations.running[0].set_result(SUCCESS)
        eventually(lambda: len(invocations.running) == 4, "the second batch is worked on besides the rest of the first")
        assert len(visible(queue)) == 1


def test_a_queue_out_of_reach_is_reported_once(storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    poller = Poller(storage.service.get_queue_client("absent"), 1, timedelta(seconds=1), timedelta(seconds=1))
    assert [poller.next_batch() for _ in range(3)] == [[], [], []]
    [record] = caplog.records
    assert "cannot read queue absent: The specified queue does not exist" in record.getMessage()


def test_an_empty_queue_is_looked_at_less_and_less_often() -> None:
    assert list(islice(pauses(2.0), 7)) == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
