"""Looking for messages in a queue, less and less often while there are none."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from logging import WARNING

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient, QueueMessage

from infra.local.host.logs import report

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
