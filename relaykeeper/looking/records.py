"""The records of an app's history: read page by page, and each as a sentence."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from relaykeeper.app.api import Answer, Api
from relaykeeper.app.reading import as_object, other_shape
from relaykeeper.failures import AppRefused
from relaykeeper.looking.tables import SHORT, actor_name
from relaykeeper.moments import second
from shared.api.audit import RecordView
from shared.domain.audit import SCHEDULED, Event
from shared.text import printable_line

SENTENCES: Mapping[Event, str] = {
    "order": "{who} ordered {what}: {outcome}",
    "merge": "{who} stored a new version of {what}: {outcome}",
    "secret": "{who} {outcome} for {what}",
    "rollout": "{who} {outcome} for {what}",
    "served": "{who} saw {what} served: {outcome}",
    "not served": "{who} saw {what} NOT served: {outcome}",
    "rollback": "{who} rolled back {what}: {outcome}",
    "quarantine": "{who} changed the quarantine of {what}: {outcome}",
    "request": "{who} about {what}: {outcome}",
    "pause": "{who} about {what}: {outcome}",
    "password": "{who} about {what}: {outcome}",
    "accepted": "{who} saw {what} accepted: {outcome}",
    "not accepted": "{who} saw {what} NOT accepted: {outcome}",
    "unreadable": "somebody left a line that cannot be read: {outcome}",
}


def read_records(api: Api, **query: str) -> Iterator[dict[str, Any]]:
    """Yield the records of every page, in the order that `query` names. Wherever `next` leads, the same path of this
    app is asked. Raises AppRefused for another shape, or for pages in a circle, and what Api.get does."""
    followed: set[str] = set()
    while True:
        answer = api.get("history", **query)
        page = as_object(answer, answer.document)
        yield from records_in(answer, page)
        if (further := page.get("next")) is None:
            return
        if not isinstance(further, str) or further in followed:
            raise other_shape(answer)
        followed.add(further)
        query = dict(parse_qsl(urlsplit(further).query, keep_blank_values=True))


def records_in(answer: Answer, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    records = page.get("records")
    if not isinstance(records, list):
        raise other_shape(answer)
    return [as_object(answer, record) for record in records]


def as_record(record: Mapping[str, Any]) -> RecordView:
    """Return a record as a view. Raises AppRefused if it has another shape."""
    try:
        return RecordView.model_validate(record)
    except ValidationError:
        raise AppRefused("the app's history has records that this release does not know; --json prints them") from None


def sentence(record: RecordView) -> str:
    """Return a record on one line: when, who, what of which object and where, with what outcome, and why."""
    return f"{second(record.at)}  {printable_line(what_happened(record))}"


def what_happened(record: RecordView) -> str:
    """Return the same without the time, as systems and people wrote it."""
    done = SENTENCES[record.event].format(
        who=actor_name(record.actor),
        what=(record.target or "nothing") + (f" at {record.place}" if record.place else ""),
        outcome=record.outcome.removesuffix("."),
    )
    version = f" (version {record.version[:SHORT]})" if record.version else ""
    why = f". Why: {record.reason}" if record.reason not in ("", SCHEDULED.reason) else ""
    return f"{done}{version}{why}"
