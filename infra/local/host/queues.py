"""Queue triggers, by the rules of Azure's host.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger
A message is hidden while it is worked on, deleted after success, shown again after a failure and, once it has failed
`max_dequeue_count` times, moved to `<queue>-poison`. As in Azure the trigger creates the poison queue, never its own.
"""

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from logging import WARNING
from threading import Event

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.queue import QueueClient, QueueMessage

from infra.local.host.connections import queue_service
from infra.local.host.host_json import QueueRules
from infra.local.host.logs import report
from infra.local.host.messages import delivery, text_of
from infra.local.host.polling import Poller
from infra.local.host.settings import resolve
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
