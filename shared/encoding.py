"""What is kept in blobs, as JSON."""

from typing import Any

import msgspec


def encoded(document: object) -> bytes:
    """Return a dataclass as JSON; times in UTC, ISO 8601.

    Half a surrogate pair, which the words of other systems may hold and UTF-8 cannot, is escaped: `\\ud800`.
    """
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return msgspec.json.encode(whole(msgspec.to_builtins(document)))


def whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {whole(key): whole(inner) for key, inner in value.items()}
        case list() | tuple():
            return [whole(inner) for inner in value]
        case _:
            return value
