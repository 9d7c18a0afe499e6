"""The text of a message on the queue: for the adapter that sends it, and for the ways in that send and receive it.

JSON. What it holds besides is passed over, so that releases that follow each other understand each other's messages.
"""

import msgspec

from shared.domain.message import Message
from shared.errors import PermanentError


def write_message(message: Message) -> str:
    """Return the text; whoever talks to Storage encodes it in base64, as the Functions host expects."""
    return msgspec.json.encode(message).decode()


def read_message(text: str | bytes) -> Message:
    """Read the text as the Functions host hands it over. Raises PermanentError for what is not a message of ours."""
    try:
        return msgspec.json.decode(text, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PermanentError(
            f"a message of {len(text)} characters cannot be read: {error}. It is dropped; somebody else wrote it, or a "
            'later release. To have a certificate looked at, send {"certificate": "NAME", "correlation": "WHY"}.'
        ) from error
