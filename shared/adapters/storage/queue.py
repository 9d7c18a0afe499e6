"""Azure Queue Storage: sending messages, at once or with a delay.

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

MAX_DELAY = timedelta(days=7) - timedelta(seconds=1)
"""A message expires after seven days, and must become visible before. The journal drops one that comes too early."""


class StorageQueue:
    """Implements ports.Queue. Infrastructure creates the queue: our identity may only add messages."""

    def __init__(self, client: QueueClient) -> None:
        """`client` must have no encoding policy: messages are encoded here."""
        self._client = client

    def send(self, message: Message, delay: timedelta = timedelta(0)) -> None:
        text = base64.b64encode(write_message(message).encode()).decode()
        queue, account = self._client.queue_name, self._client.account_name
        tried = f"cannot send the message for {message.target} to queue {queue}"
        with translated(tried, "the role Storage Queue Data Message Sender on it"):
            try:
                self._client.send_message(text, visibility_timeout=visibility_timeout(delay))
            except ResourceNotFoundError:
                raise PermanentError(
                    f"{tried}: storage account {account} has no such queue. Apply the Terraform in infra/azure, "
                    f"or run: az storage queue create --name {queue} --account-name {account} --auth-mode login"
                ) from None


def visibility_timeout(delay: timedelta) -> int:
    """Return whole seconds, rounded up, within what a queue accepts."""
    return math.ceil(min(max(delay, timedelta(0)), MAX_DELAY).total_seconds())
