"""What a queue function is given: the body of a message and what the queue says about it."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime

from azure.storage.queue import QueueMessage

from infra.local.host.protos import TypedData


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
