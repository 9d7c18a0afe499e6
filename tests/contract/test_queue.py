"""The contract of ports.Queue, against the fake and against Storage."""

import base64
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient

from shared.adapters.clock import SystemClock
from shared.adapters.storage.queue import StorageQueue
from shared.azure import STORAGE_OPTIONS
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import PermanentError
from shared.messages import read_message
from shared.ports import Clock, Queue
from tests.contract.named import queue_service
from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeQueue

MESSAGE = Message(certificate_ref("dev-mail-example-net"), "tick-1")


@dataclass(frozen=True, slots=True)
class Subject:
    """The port, how a function gets messages from it, and a clock that belongs to it."""

    queue: Queue
    receive: Callable[[], list[Message]]
    clock: Clock


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[QueueClient]:
    """A queue that nobody listens to; it does not exist yet, and is gone afterwards."""
    url = queue_service(request)
    name = f"contract-{uuid.uuid4().hex[:12]}"
    with (
        DefaultAzureCredential() as credential,
        QueueClient(url, name, credential=credential, **STORAGE_OPTIONS) as client,
    ):
        yield client
        with suppress(ResourceNotFoundError):
            client.delete_queue()


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.e2e, pytest.mark.azure])])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A queue to test."""
    if request.param == "fake":
        clock = FakeClock()
        fake = FakeQueue(clock)
        yield Subject(fake, fake.receive, clock)
        return
    client: QueueClient = request.getfixturevalue("client")
    client.create_queue()
    yield Subject(StorageQueue(client), lambda: received(client), SystemClock())


def received(client: QueueClient) -> list[Message]:
    """Take out what can be seen, as the Functions host does."""
    messages = []
    for message in client.receive_messages():
        messages.append(read_message(base64.b64decode(message.content, validate=True)))
        client.delete_message(message)
    return messages


def test_a_message_arrives_as_it_was_sent(subject: Subject) -> None:
    subject.queue.send(MESSAGE)

    assert subject.receive() == [MESSAGE]
    assert subject.receive() == []


def test_a_delayed_message_is_not_seen_before_its_time(subject: Subject) -> None:
    sent = subject.clock.now()
    subject.queue.send(MESSAGE, timedelta(seconds=1))

    while not (messages := subject.receive()):
        assert subject.clock.now() - sent < timedelta(seconds=20), "the message never came"
        subject.clock.pause(0.2)

    assert messages == [MESSAGE]
    assert subject.clock.now() - sent >= timedelta(seconds=1)


@pytest.mark.parametrize("delay", [timedelta(days=7), timedelta(days=30)])
def test_the_longest_delay_is_taken(subject: Subject, delay: timedelta) -> None:
    subject.queue.send(MESSAGE, delay)

    assert subject.receive() == []


@pytest.mark.e2e
@pytest.mark.azure
def test_a_queue_that_does_not_exist_is_named_with_the_way_to_make_it(client: QueueClient) -> None:
    with pytest.raises(PermanentError, match=f"az storage queue create --name {client.queue_name}"):
        StorageQueue(client).send(MESSAGE)
