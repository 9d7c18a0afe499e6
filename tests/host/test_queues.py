from base64 import b64encode
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.queue import QueueClient

from infra.local.host.host_json import QueueRules
from infra.local.host.queues import QueueListener
from infra.local.host.settings import queue_service
from infra.local.host.worker import Function, Result
from tests.host.conftest import Storage
from tests.host.hosting import MASTER_KEY, RunningHost, eventually

RULES = QueueRules(
    batch_size=1,
    new_batch_threshold=0,
    visibility_timeout=timedelta(0),
    max_dequeue_count=5,
    max_polling_interval=timedelta(seconds=1),
    base64=True,
)


def send(queue: QueueClient, text: str) -> str:
    """Put a message as the product does, base64, and return its id."""
    message = queue.send_message(b64encode(text.encode()).decode())
    assert isinstance(message.id, str)
    return message.id


def is_empty(queue: QueueClient) -> bool:
    """Whether no message is left, hidden or not."""
    return queue.get_queue_properties().approximate_message_count == 0


def test_a_message_reaches_its_function_as_it_was_sent_and_is_deleted(host: RunningHost, queue: QueueClient) -> None:
    sent = send(queue, '{"certificate": "münchen"}')
    line = host.wait_for(event="executed", function="work")
    [seen] = host.works()
    assert (seen["text"], seen["id"], seen["dequeue_count"]) == ('{"certificate": "münchen"}', sent, 1)
    assert seen["invocation"] == line["invocation"]
    assert datetime.fromisoformat(seen["expires"]) - datetime.fromisoformat(seen["inserted"]) == timedelta(days=7)
    assert seen["pop_receipt"]
    eventually(lambda: is_empty(queue), "the message is deleted")


def test_a_message_is_deleted_although_the_connection_broke_once(
    storage: Storage, queue: QueueClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in storage.values.items():
        monkeypatch.setenv(name, value)
    sent, broken = RequestsTransport.send, list[str]()

    def break_once(transport: RequestsTransport, request: Any, **options: Any) -> Any:
        if request.method == "DELETE" and not broken:
            broken.append(request.url)
            raise ServiceResponseError("('Connection aborted.', ConnectionResetError(104))")
        return sent(transport, request, **options)

    def succeed(*_: object) -> Future[Result]:
        done = Future[Result]()
        done.set_result(Result(succeeded=True, returned=None))
        return done

    monkeypatch.setattr(RequestsTransport, "send", break_once)
    send(queue, "work")
    service = queue_service("AzureWebJobsStorage", storage.values)
    with service.get_queue_client(queue.queue_name) as of_the_host:
        listener = QueueListener(Function("work", "1", ()), of_the_host, None, RULES, succeed)
        for message in of_the_host.receive_messages():
            listener.work_on(message)

    assert len(broken) == 1
    assert is_empty(queue)


def test_a_failed_message_comes_back_after_the_visibility_timeout(host: RunningHost, queue: QueueClient) -> None:
    send(queue, "fail")
    first = host.wait_for(event="failed", function="work")
    second = host.wait_for(event="executing", function="work", count=2)
    eventually(lambda: len(host.works()) == 2, "the function is given the message again")
    assert [seen["dequeue_count"] for seen in host.works()] == [1, 2]
    # Azurite counts visibility in whole seconds, and so may be a little early for the one that host.json asks for.
    hidden = datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])
    assert hidden > timedelta(seconds=0.5)


def test_a_message_that_keeps_failing_ends_in_the_poison_queue(host: RunningHost, queue: QueueClient) -> None:
    send(queue, "fail")
    line = host.wait_for(event="poisoned")
    assert line["function"] == "work"
    assert "after 2 attempts" in line["message"]
    host.wait_for(event="failed", function="work", count=2)
    host.wait_for(function="handle_poison", message="buried fail")
    eventually(lambda: is_empty(queue), "the message has left its queue")
    assert len(host.works()) == 2


def test_a_failure_is_logged_with_its_trace(host: RunningHost, queue: QueueClient) -> None:
    send(queue, "fail")
    line = host.wait_for(event="failed", function="work")
    assert line["message"].endswith("RuntimeError: asked to fail")
    assert "function_app.py" in line["exception"]
    assert line["duration"] >= 0


def test_a_message_that_is_no_base64_is_poison_at_once(host: RunningHost, queue: QueueClient, storage: Storage) -> None:
    queue.send_message("plain!")
    host.wait_for(event="poisoned")
    poison = storage.service.get_queue_client(f"{queue.queue_name}-poison")
    eventually(lambda: is_empty(queue) and not is_empty(poison), "the message is in the poison queue")
    assert host.works() == []


def test_a_killed_hosts_message_stays_hidden_and_comes_back(host: RunningHost, queue: QueueClient) -> None:
    send(queue, "hold")
    host.wait_for(event="executing", function="work")
    seen = eventually(host.works, "the function has the message")[0]
    host.kill()
    assert datetime.fromisoformat(seen["hidden_until"]) - datetime.now(UTC) > timedelta(minutes=9)
    assert not is_empty(queue)

    ten_minutes_later(queue, seen["id"], seen["pop_receipt"])
    host.release.touch()
    host.start_again()
    host.wait_for(event="executed", function="work")
    assert [seen["dequeue_count"] for seen in host.works()] == [1, 2]
    eventually(lambda: is_empty(queue), "the message is deleted")


def ten_minutes_later(queue: QueueClient, message: str, pop_receipt: str) -> None:
    """Have the message's invisibility end now."""
    queue.update_message(message, pop_receipt, visibility_timeout=0)


def test_the_host_waits_for_a_queue_that_does_not_exist_yet(
    host: RunningHost, queue: QueueClient, storage: Storage
) -> None:
    absent = host.wait_for(event="unreachable")
    assert f"cannot read queue {queue.queue_name}-poison" in absent["message"]
    poison = storage.service.create_queue(f"{queue.queue_name}-poison")
    send(poison, "late")
    host.wait_for(function="handle_poison", message="buried late")


def test_a_function_can_be_run_with_a_text_of_ones_own(host: RunningHost) -> None:
    answer = requests.post(
        f"{host.url}/admin/functions/work",
        json={"input": "by hand"},
        headers={"x-functions-key": MASTER_KEY},
        timeout=5,
    )
    assert answer.status_code == 202
    host.wait_for(event="executed", function="work")
    [seen] = host.works()
    assert (seen["text"], seen["dequeue_count"]) == ("by hand", 0)
