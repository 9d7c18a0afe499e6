"""A call and its answer, as plain as HTTP has them."""

import json
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
    return Answer(status, rendered(document), headers=headers)


def rendered(document: BaseModel) -> bytes:
    """Return a document as JSON, a member per line; one that may be left out, and says nothing, is left out."""
    members = document.model_dump(mode="json", exclude_defaults=True)
    return inert(json.dumps(members, ensure_ascii=False, indent=2)).encode() + b"\n"


def inert(text: str) -> str:
    """Escape what is no printable character, or no character at all (half a surrogate pair).

    Words of other systems are told as they came; they neither steer the terminal that shows them nor keep the rest of
    the answer from being told.
    """
    return "\n".join(
        line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
        for line in text.split("\n")
    )
