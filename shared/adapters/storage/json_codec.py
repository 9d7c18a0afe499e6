"""Dataclasses as the JSON in our blobs, and journals back, refusing everything that this release does not write."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.domain.object_ref import ObjectRef
from shared.schema_number import require_schema


class CodecError(ValueError):
    """The text is not a journal of this release; the message says why."""


def write_journal(journal: object) -> bytes:
    """Return a frozen dataclass as indented JSON, for people to read; times in UTC, ISO 8601."""
    return msgspec.json.format(encode_json(journal), indent=2) + b"\n"


def read_journal[T](content: bytes, kind: type[T]) -> T:
    """Return the journal. Raises SchemaError for one of another schema, CodecError for anything else that
    `write_journal` of this release does not write."""
    try:
        document = msgspec.json.decode(content)
        require_schema(document, kind)
        journal = msgspec.convert(document, kind, dec_hook=read_reference)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"it is not a journal: {error}") from error
    if unknown := sorted(unknown_keys(document, msgspec.to_builtins(journal, enc_hook=write_reference), "$")):
        raise CodecError(f"it holds what this release does not know: {', '.join(unknown)}")
    times = msgspec.to_builtins(journal, builtin_types=(datetime,), enc_hook=write_reference)
    if naive := sorted(naive_times(times, "$")):
        raise CodecError(f"it holds a time that does not say UTC: {', '.join(naive)}")
    return journal


def encode_json(document: object) -> bytes:
    """Return a dataclass as JSON; times in UTC, ISO 8601.

    A lone surrogate, which messages of other systems may contain and UTF-8 cannot encode, is escaped: `\\ud800`.
    """
    try:
        return msgspec.json.encode(document, enc_hook=write_reference)
    except UnicodeEncodeError:
        return msgspec.json.encode(escape_surrogates(msgspec.to_builtins(document, enc_hook=write_reference)))


def write_reference(value: object) -> str:
    """Return the one kind of value that msgspec does not know as it is written."""
    if isinstance(value, ObjectRef):
        return str(value)
    raise NotImplementedError(f"a journal cannot hold a {type(value).__name__}")


def read_reference(kind: type, value: object) -> ObjectRef:
    """Return the reference that `value` is. Raises ValueError, which msgspec reports with its place, for another."""
    if kind is ObjectRef and isinstance(value, str):
        return ObjectRef.parse(value)
    raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")


def escape_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {escape_surrogates(key): escape_surrogates(inner) for key, inner in value.items()}
        case list() | tuple():
            return [escape_surrogates(inner) for inner in value]
        case _:
            return value


def unknown_keys(document: Any, known: Any, path: str) -> Iterator[str]:
    """Yield the path of each key of `document` that is missing in `known`, which was read from it."""
    match document, known:
        case Mapping(), Mapping():
            for key, value in document.items():
                yield from unknown_keys(value, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"]
        case list(), list() | tuple():
            for index, (value, read) in enumerate(zip(document, known, strict=True)):
                yield from unknown_keys(value, read, f"{path}[{index}]")


def naive_times(value: Any, path: str) -> Iterator[str]:
    """Yield the path of each time without an offset from UTC."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from naive_times(inner, f"{path}.{key}")
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from naive_times(inner, f"{path}[{index}]")
        case datetime() if value.tzinfo is None:
            yield path
