"""A journal as JSON that a person can read, and back, refusing everything that this release did not write."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.encoding import encoded


class CodecError(ValueError):
    """The text is not a journal of this release; the sentence says why."""


def write_journal(journal: object) -> bytes:
    """Return a frozen dataclass as indented JSON; times in UTC, ISO 8601."""
    return msgspec.json.format(encoded(journal), indent=2) + b"\n"


def read_journal[T](content: bytes, kind: type[T]) -> T:
    """Return the journal. Raises CodecError for anything but what `write_journal` of this release writes."""
    try:
        document = msgspec.json.decode(content)
        refuse_newer(document, kind)
        journal = msgspec.convert(document, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"it is not a journal: {error}") from error
    if unknown := sorted(surplus(document, msgspec.to_builtins(journal), "$")):
        raise CodecError(f"it holds what this release does not know: {', '.join(unknown)}")
    if vague := sorted(times_without_offset(msgspec.to_builtins(journal, builtin_types=(datetime,)), "$")):
        raise CodecError(f"it holds a time that does not say UTC: {', '.join(vague)}")
    return journal


def refuse_newer(document: object, kind: type[object]) -> None:
    known = msgspec.to_builtins(kind())["schema"]
    match document:
        case {"schema": int(schema)} if schema > known:
            raise CodecError(f"a later release wrote it, in schema {schema}; this one knows schema {known}")


def surplus(document: Any, known: Any, path: str) -> Iterator[str]:
    """Yield the path of each key that `document` has and `known`, its reading, has not."""
    match document, known:
        case Mapping(), Mapping():
            for key, value in document.items():
                yield from surplus(value, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"]
        case list(), list() | tuple():
            for place, (value, read) in enumerate(zip(document, known, strict=True)):
                yield from surplus(value, read, f"{path}[{place}]")


def times_without_offset(value: Any, path: str) -> Iterator[str]:
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from times_without_offset(inner, f"{path}.{key}")
        case list() | tuple():
            for place, inner in enumerate(value):
                yield from times_without_offset(inner, f"{path}[{place}]")
        case datetime() if value.tzinfo is None:
            yield path
