"""What goes wrong, in the OpenAPI document: an answer for each status and the kinds of problem that it may mean."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.api.correlation import CORRELATION
from shared.api.description import examples
from shared.api.description.example_problems import PROBLEMS
from shared.api.fields import Nothing
from shared.api.operation import Operation
from shared.api.parsing import LARGEST_BODY
from shared.api.problem import PROBLEM_JSON, Kind

ALWAYS = (Kind.INVALID, Kind.BUG)
BEHIND_A_DOOR = (Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.CONFIGURATION, Kind.BLOCKED, Kind.UNAVAILABLE)
WITH_A_BODY = (Kind.TOO_LARGE, Kind.MEDIA_TYPE)

BESIDES: Mapping[int, str] = {
    401: " A missing or wrong function key is answered by the platform itself: 401 without a body.",
    413: f" At most {LARGEST_BODY:,} bytes are read.",
    429: " Ask again after `Retry-After` seconds.",
    503: " Ask again after `Retry-After` seconds.",
}
HEADERS: Mapping[int, tuple[str, ...]] = {401: ("www-authenticate",), 429: ("retry-after",), 503: ("retry-after",)}


def problems(operation: Operation[Any, Any]) -> Mapping[int, tuple[Kind, ...]]:
    """Return what may stand in the way, by status: of 500 there are two kinds."""
    kinds = [*ALWAYS, *operation.problems]
    kinds += BEHIND_A_DOOR if operation.role is not None else ()
    kinds += WITH_A_BODY if operation.body is not Nothing else ()
    return {
        status: tuple(kind for kind in Kind if kind in kinds and kind.status == status)
        for status in sorted({kind.status for kind in kinds})
    }


def name_of(kinds: Iterable[Kind]) -> str:
    """Return the name under which the document has the answer."""
    return "-or-".join(kind.slug for kind in kinds)


def problem_responses(operations: Iterable[Operation[Any, Any]], details: Mapping[str, str]) -> Mapping[str, Any]:
    """Return every such answer by its name; `details` refers to their schema."""
    found = {kinds for operation in operations for kinds in problems(operation).values()}
    return {name_of(kinds): described(kinds, details) for kinds in sorted(found, key=name_of)}


def described(kinds: tuple[Kind, ...], details: Mapping[str, str]) -> Mapping[str, Any]:
    status = kinds[0].status
    meaning = "; ".join(f"{kind.title} (`{kind.type}`)" for kind in kinds)
    return {
        "description": f"{meaning}.{BESIDES.get(status, '')}",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in (CORRELATION, *HEADERS.get(status, ()))},
        "content": {PROBLEM_JSON: {"schema": details, "examples": {kind.slug: example(kind) for kind in kinds}}},
    }


def example(kind: Kind) -> Mapping[str, Any]:
    return {"value": json.loads(PROBLEMS[kind].answer(examples.CORRELATION).body)}
