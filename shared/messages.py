"""The text of a message on the queue: for the adapter that sends it, and for the triggers that receive it.

JSON: `{"target": "certificate/prod", "correlation": "..."}`. Unknown members are passed over, so that releases that
follow each other understand each other's messages.
"""

from dataclasses import dataclass

import msgspec

from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.errors import PermanentError, TransientError
from shared.schema_number import SchemaError, require_schema


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A Message as JSON has it; `target` as ObjectRef writes it."""

    target: str
    correlation: str
    request: str | None = None
    cause: str = ""
    schema: int = 1


def write_message(message: Message) -> str:
    """Return the text; the sender encodes it in base64, as the Functions host expects."""
    wire = WireMessage(str(message.target), message.correlation, message.request, message.cause)
    return msgspec.json.encode(wire).decode()


def read_message(text: str | bytes) -> Message:
    """Read the text as the Functions host hands it over.

    Raises TransientError for a newer release's message, PermanentError for what is not a message of ours.
    """
    try:
        document = msgspec.json.decode(text)
        require_schema(document, WireMessage)
        wire = msgspec.convert(document, WireMessage)
        return Message(ObjectRef.parse(wire.target), wire.correlation, wire.request, wire.cause)
    except (ValueError, RecursionError) as error:
        if isinstance(error, SchemaError) and error.newer:
            raise TransientError(
                f"a message cannot be read: {error}. It is dropped, and the next tick sends another. If that is not "
                "read either, deploy the newer release again"
            ) from error
        raise PermanentError(
            f"a message of {len(text)} characters cannot be read: {error}. It is dropped; somebody else wrote it, or "
            'another release. To have a certificate checked, send {"target": "certificate/NAME", "correlation": "WHY"}.'
        ) from error
