"""Sending messages, with a delay where one is wanted.

https://learn.microsoft.com/rest/api/storageservices/put-message
"""

import base64
import math
from datetime import timedelta

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from shared.azure import translated
from shared.domain.message import Message
from shared.errors import PermanentError
from shared.messages import write_message

LONGEST_DELAY = timedelta(days=7) - timedelta(seconds=1)
"""A message lives seven days and must be seen before it dies. One that comes too early is dropped by the journal."""


class StorageQueue:
    """Implements ports.Queue. The queue is infrastructure's to create: the identity may only add messages."""

    def __init__(self, client: QueueClient) -> None:
        """`client` has no encoding policy of its own: messages are encoded here."""
        self._client = client

    def send(self, message: Message, delay: timedelta = timedelta(0)) -> None:
        text = base64.b64encode(write_message(message).encode()).decode()
        queue, account = self._client.queue_name, self._client.account_name
        tried = f"cannot send the message for {message.certificate} to queue {queue}"
        with translated(tried, "the role Storage Queue Data Message Sender on it"):
            try:
                self._client.send_message(text, visibility_timeout=seconds(delay))
            except ResourceNotFoundError:
                raise PermanentError(
                    f"{tried}: storage account {account} has none of that name. Apply the Terraform in infra/azure, or "
                    f"run: az storage queue create --name {queue} --account-name {account} --auth-mode login"
                ) from None


def seconds(delay: timedelta) -> int:
    """Return whole seconds, rather one too many than one too few, as far as a queue can count."""
    return math.ceil(min(max(delay, timedelta(0)), LONGEST_DELAY).total_seconds())
