"""Queue triggers, by the rules of Azure's host.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger
A message is hidden while it is worked on, deleted after success, shown again after a failure and, once it has failed
`max_dequeue_count` times, moved to `<queue>-poison`. As in Azure the trigger creates the poison queue, never its own.
An empty queue is looked at less and less often.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from logging import WARNING
from threading import Event

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.queue import QueueClient, QueueMessage

from infra.local.host.host_json import QueueRules
from infra.local.host.logs import report
from infra.local.host.protos import TypedData
from infra.local.host.settings import queue_service, resolve
from infra.local.host.worker import Function, Invoke, Result

HIDDEN = timedelta(minutes=10)
"""How long a message stays hidden once it was fetched or renewed, and so until a killed host's message returns."""


@dataclass(frozen=True, slots=True)
class QueueListener:
    """Takes messages from a queue to a function; `poison` is None for a poison queue's own function."""

    function: Function
    queue: QueueClient
    poison: QueueClient | None
    rules: QueueRules
    invoke: Invoke
    hidden: timedelta = HIDDEN

    @classmethod
    def of(
        cls, function: Function, invoke: Invoke, rules: QueueRules, environment: Mapping[str, str]
    ) -> "QueueListener":
        """The listener of a queue function; raises HostError if its settings are missing."""
        service = queue_service(function.trigger["connection"] or "AzureWebJobsStorage", environment)
        name = resolve(function.trigger["queueName"], environment)
        poison = None if name.endswith("-poison") else service.get_queue_client(f"{name}-poison")
        return cls(function, service.get_queue_client(name), poison, rules, invoke)

    def run(self, stop: Event) -> None:
        """Work on messages until `stop` is set, and then until those at hand are done."""
        poller = Poller(self.queue, self.rules.batch_size, self.hidden, self.rules.max_polling_interval)
        at_hand: set[Future[None]] = set()
        with ThreadPoolExecutor(self.rules.batch_size + self.rules.new_batch_threshold) as threads:
            while not stop.is_set():
                batch = poller.next_batch()
                at_hand |= {threads.submit(self.work_on, message) for message in batch}
                at_hand = wait_for_room(at_hand, self.rules.new_batch_threshold)
                if not batch:
                    stop.wait(poller.pause())
            wait_for_room(at_hand, 0)

    def work_on(self, message: QueueMessage) -> None:
        """Run the function once with `message`, and let the outcome decide what becomes of it."""
        try:
            body = text_of(message, base64=self.rules.base64)
            if body is None or (message.dequeue_count or 0) > self.rules.max_dequeue_count:
                self.give_up(message)
                return
            running = self.invoke(self.function, *delivery(message, body))
            if self.keep_hidden_while(running, message).succeeded:
                self.queue.delete_message(message)
            elif self.poison and (message.dequeue_count or 0) >= self.rules.max_dequeue_count:
                self.give_up(message)
            elif self.poison:
                self.hide(message, self.rules.visibility_timeout)
        except AzureError as error:
            report("lost", f"message {message.id} of {self.queue.queue_name} is out of our hands: {error}", WARNING)

    def keep_hidden_while(self, running: Future[Result], message: QueueMessage) -> Result:
        """Renew the message's invisibility halfway through, again and again, until the function returns."""
        while True:
            try:
                return running.result(self.hidden.total_seconds() / 2)
            except TimeoutError:
                self.hide(message, self.hidden)

    def hide(self, message: QueueMessage, duration: timedelta) -> None:
        """Hide `message` for `duration` from now; its pop receipt changes with that."""
        seconds = int(duration.total_seconds())
        updated = self.queue.update_message(message.id, message.pop_receipt, visibility_timeout=seconds)
        message.pop_receipt = updated.pop_receipt

    def give_up(self, message: QueueMessage) -> None:
        """Move `message` to the poison queue; what fails there stays hidden until its time runs out."""
        if self.poison is None:
            return
        with suppress(ResourceExistsError):
            self.poison.create_queue()
        self.poison.send_message(message.content)
        self.queue.delete_message(message)
        text = f"message {message.id} moved to {self.poison.queue_name} after {message.dequeue_count} attempts"
        report("poisoned", text, WARNING, function=self.function.name)


def wait_for_room(at_hand: set[Future[None]], threshold: int) -> set[Future[None]]:
    """Wait until at most `threshold` messages are worked on, and return those; a bug met meanwhile is raised."""
    while True:
        done, at_hand = wait(at_hand, timeout=0)
        for finished in done:
            finished.result()
        if len(at_hand) <= threshold:
            return at_hand
        wait(at_hand, return_when=FIRST_COMPLETED)


FIRST_PAUSE = 0.1
"""Seconds between two looks at a queue that has just become empty."""


class Poller:
    """Takes batches from a queue. One that is missing or out of reach counts as empty, and is reported once."""

    def __init__(self, queue: QueueClient, batch_size: int, hidden: timedelta, longest_pause: timedelta) -> None:
        self.queue = queue
        self.batch_size = batch_size
        self.hidden = hidden
        self.longest_pause = longest_pause.total_seconds()
        self.pauses = pauses(self.longest_pause)
        self.trouble: type[AzureError] | None = None

    def next_batch(self) -> list[QueueMessage]:
        """Up to `batch_size` messages, hidden from others from now on."""
        pages = self.queue.receive_messages(
            messages_per_page=self.batch_size, visibility_timeout=int(self.hidden.total_seconds())
        ).by_page()
        try:
            batch = list(next(pages, ()))
        except AzureError as error:
            if self.trouble is not type(error):
                report("unreachable", f"cannot read queue {self.queue.queue_name}: {error}", WARNING)
            self.trouble = type(error)
            return []
        self.trouble = None
        if batch:
            self.pauses = pauses(self.longest_pause)
        return batch

    def pause(self) -> float:
        """Seconds to wait before the next look, after one that found nothing."""
        return next(self.pauses)


def pauses(longest: float) -> Iterator[float]:
    """Seconds, doubling up to `longest`. Azure's host varies them at random, for there may be many of it."""
    pause = FIRST_PAUSE
    while pause < longest:
        yield pause
        pause *= 2
    yield from repeat(longest)


def text_of(message: QueueMessage, *, base64: bool) -> str | None:
    """The text that was sent; None if it cannot be decoded, which Azure's host takes for a poison message."""
    if not base64:
        return str(message.content)
    try:
        return b64decode(message.content, validate=True).decode()
    except ValueError:
        return None


def delivery(message: QueueMessage, text: str) -> tuple[TypedData, Mapping[str, TypedData]]:
    """The value and the metadata of an invocation for `message`.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#message-metadata
    """
    metadata = {
        "QueueTrigger": TypedData(string=text),
        "Id": TypedData(string=message.id),
        "DequeueCount": TypedData(json=json.dumps(message.dequeue_count)),
        "ExpirationTime": timestamp(message.expires_on),
        "InsertionTime": timestamp(message.inserted_on),
        "NextVisibleTime": timestamp(message.next_visible_on),
        "PopReceipt": TypedData(string=message.pop_receipt),
    }
    return TypedData(string=text), metadata


def timestamp(moment: datetime | None) -> TypedData:
    return TypedData(json=json.dumps(moment and moment.isoformat()))


def by_hand(text: str) -> tuple[TypedData, Mapping[str, TypedData]]:
    """The value and the metadata of an invocation that no message caused."""
    return TypedData(string=text), {"QueueTrigger": TypedData(string=text), "DequeueCount": TypedData(json="0")}
