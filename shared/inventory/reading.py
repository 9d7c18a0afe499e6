"""How pydantic reads a value of ours from what stands in the YAML tree."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError, PydanticKnownError

from shared.inventory.endpoints import HIGHEST_PORT
from shared.inventory.moments import moment
from shared.inventory.relay_port import RelayPort, mapped_port
from shared.inventory.scalars import Unquoted


def text_by[T](parse: Callable[[str], T]) -> PlainValidator:
    """Text that `parse` reads, raising ValueError for what it does not take."""

    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        return parse(value)

    return PlainValidator(read)


def seconds_up_to(most: int, least: int = 0) -> PlainValidator:
    """A whole number of seconds."""

    def read(value: object) -> timedelta:
        return timedelta(seconds=_whole(value, least, most))

    return PlainValidator(read)


def relay_port(value: object) -> RelayPort:
    """One port as a number, or the pods' and the Service's as text."""
    if isinstance(value, str):
        return mapped_port(value)
    port = _whole(value, 1, HIGHEST_PORT)
    return RelayPort(port, port)


def moment_or_date(value: object) -> datetime:
    """A moment as text, in quotes or without: then YAML takes it for a date of its own."""
    if not isinstance(value, str | Unquoted):
        raise PydanticKnownError("string_type")
    return moment(str(value))


def given(value: object) -> object:
    """Anything but nothing: an optional field is left out, or has a value."""
    if value is None:
        raise PydanticCustomError("empty", "is empty")
    return value


def one_or_several(value: object) -> object:
    """A list, or its only entry in place of it."""
    return (value,) if isinstance(value, str) else given(value)


def _whole(value: object, least: int, most: int) -> int:
    if not isinstance(value, int):
        raise PydanticKnownError("int_type")
    if value < least:
        raise PydanticKnownError("greater_than_equal", {"ge": least})
    if value > most:
        raise PydanticKnownError("less_than_equal", {"le": most})
    return value
