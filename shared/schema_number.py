"""The member `schema` of what we persist or send to ourselves: which number this release reads, and what others mean.

A change of the members raises the number. In a journal, which is read, changed and written again, so does an addition:
an older release refuses what it does not know. In records and messages additions are free. Nothing of a newer schema is
written over; an older one is read only where code says how, and refused otherwise.
"""

from dataclasses import fields
from typing import Any


class SchemaError(ValueError):
    """A document has another schema than this release reads; `newer`: a newer release wrote it."""

    def __init__(self, found: int, known: int) -> None:
        self.newer = found > known
        writer = "a newer" if self.newer else "an older"
        super().__init__(f"it was written by {writer} release: schema {found}; this release reads {known}")


def schema_of(kind: type[Any]) -> int:
    """Return the schema that this release writes of a dataclass: the default of its field `schema`."""
    defaults: dict[str, Any] = {each.name: each.default for each in fields(kind)}
    return int(defaults["schema"])


def require_schema(document: object, kind: type[Any]) -> None:
    """Raise SchemaError for decoded JSON of another schema. Without a number it counts as ours: a person wrote it."""
    known = schema_of(kind)
    match document:
        case {"schema": int(found)} if found != known:
            raise SchemaError(found, known)
