"""Read the objects of an app as it has them: no view is made, so that JSON shows what a newer app says too."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

from relaykeeper.app.api import Answer, Api
from relaykeeper.app.kinds import Kind, unknown
from relaykeeper.failures import AppRefused, UsageFailure
from relaykeeper.output import note

SECONDS_OF_SILENCE = 3.0

NO_NAMES = ("", ".", "..")
"""They would lead to another path."""


def read_one(api: Api, kind: Kind, name: str) -> dict[str, Any]:
    """Return the object of that name. Raises UsageFailure, in the app's words, if there is none; what Api.get does."""
    if name in NO_NAMES or "/" in name:
        raise UsageFailure(unknown(kind.singular, name, ()))
    with patience(kind):
        answer = api.get(f"{kind.name}/{name}")
    return as_item(answer, kind, answer.document)


def read_list(api: Api, kind: Kind, **query: str) -> list[dict[str, Any]]:
    """Return all objects of a kind; what the app could not read for it is said on standard error. Raises AppRefused for
    another shape, and what Api.get does."""
    with patience(kind):
        answer = api.get(kind.name, **query)
    document = as_object(answer, answer.document)
    for source, why in as_object(answer, document.get("errors", {})).items():
        note(f"not read: {source}: {why}")
    try:
        return [as_item(answer, kind, item) for item in kind.items_of(document)]
    except (KeyError, TypeError):
        raise other_shape(answer) from None


@contextmanager
def patience(kind: Kind) -> Iterator[None]:
    """Tell a person at a terminal what takes so long."""
    if not sys.stderr.isatty():
        yield
        return
    timer = Timer(SECONDS_OF_SILENCE, note, (f"the app is looking at {kind.name} ...",))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def as_object(answer: Answer, found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise other_shape(answer)
    return found


def as_item(answer: Answer, kind: Kind, found: Any) -> dict[str, Any]:
    """Return an object of a kind, which has what it is named and chosen by. Raises AppRefused for another shape."""
    item = as_object(answer, found)
    as_object(answer, item.get("labels", {}))
    if not all(member in item for member in (*kind.keys, *kind.distinct)):
        raise other_shape(answer)
    return item


def other_shape(answer: Answer) -> AppRefused:
    return AppRefused(f"{answer.tried}: the app answers in another way than this release knows")
