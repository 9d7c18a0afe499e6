"""A call and its answer, as plain as HTTP has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """What came in. Names of `headers` are lower case; `path` are the route's parameters.

    `query` has each parameter as it was given, perhaps twice.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def told(document: BaseModel, status: int = 200, location: str | None = None) -> Answer:
    """Return a document as an answer; `location` is where what was made can be followed."""
    headers = {} if location is None else {"location": location}
    return Answer(status, document.model_dump_json(indent=2).encode() + b"\n", headers=headers)
