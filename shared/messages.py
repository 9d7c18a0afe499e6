"""The text of a message on the queue: for the adapter that sends it, and for the ways in that send and receive it.

JSON. What it holds besides is passed over, so that releases that follow each other understand each other's messages.
"""

import msgspec

from shared.domain.message import Message
from shared.errors import PermanentError, TransientError
from shared.schema_number import SchemaError, require_schema


def write_message(message: Message) -> str:
    """Return the text; whoever talks to Storage encodes it in base64, as the Functions host expects."""
    return msgspec.json.encode(message).decode()


def read_message(text: str | bytes) -> Message:
    """Read the text as the Functions host hands it over.

    Raises TransientError for a newer release's message, PermanentError for what is not a message of ours.
    """
    try:
        document = msgspec.json.decode(text)
        require_schema(document, Message)
        return msgspec.convert(document, Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, SchemaError) as error:
        if isinstance(error, SchemaError) and error.newer:
            raise TransientError(
                f"a message cannot be read: {error}. It is dropped, and the next tick sends another. If that is not "
                "read either, deploy the newer release again"
            ) from error
        raise PermanentError(
            f"a message of {len(text)} characters cannot be read: {error}. It is dropped; somebody else wrote it, or "
            'another release. To have a certificate looked at, send {"certificate": "NAME", "correlation": "WHY"}.'
        ) from error
