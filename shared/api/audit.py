"""The audit log, which the API calls the history: what was done, when, for whom and why."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field

from shared.api.handler import ApiRequest, Operation
from shared.api.http import FieldError, HttpProblem, HttpResponse, ProblemKind, json_response
from shared.api.parsing import (
    DATE,
    INVALID_QUERY,
    LONGEST_NAME,
    STRICT_INPUT,
    Moment,
    NoInput,
    TargetText,
    string_schema,
)
from shared.api.views import ActorView, View
from shared.domain.audit import Event
from shared.workflows.audit import END_OF_DAY, HistoryFilter, Position, newest_first, oldest_first

DEFAULT_PERIOD = timedelta(days=30)
MOST_RECORDS = 1000
THUMBPRINT = "^[0-9a-f]{64}$"
POSITION = rf"^{DATE}\.\d{{1,9}}$"


def parse_position(text: object) -> Position:
    expected = "must be taken from `next` of the part before"
    if not isinstance(text, str) or re.fullmatch(POSITION, text, re.ASCII) is None:
        raise ValueError(expected)
    day, _, number = text.partition(".")
    try:
        return Position(date.fromisoformat(day), int(number))
    except ValueError:
        raise ValueError(expected) from None


def parse_thumbprint(text: object) -> str:
    if isinstance(text, str) and re.fullmatch(THUMBPRINT, text, re.ASCII):
        return text
    raise ValueError("must be the SHA-256 of a leaf's DER, in 64 lower-case hex digits without colons")


class HistoryQuery(BaseModel):
    """Which records to return."""

    model_config = STRICT_INPUT
    target: TargetText | None = None
    """Only those about this object, such as `certificate/NAME`, whether or not the inventory still has it."""
    actor: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    """Only those of this actor: `timer`, `person`, `application` or `function key`, or an object id, or a name, in any
    case."""
    thumbprint: Annotated[str, BeforeValidator(parse_thumbprint), string_schema(pattern=THUMBPRINT)] | None = None
    """Only those of this leaf: the SHA-256 of its DER in lower-case hex, such as a replica serves it."""
    correlation: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    """Only those that this call or tick caused: the `correlation` of a record, a request, a problem or a log line."""
    since: Moment | None = None
    """From then on; 30 days before `until` by default. RFC 3339 with an offset, or a date, which is its first moment in
    UTC."""
    until: Moment | None = None
    """Before then; now by default. Written like `since`, and not before it."""
    limit: Annotated[int, Field(ge=1, le=MOST_RECORDS)] = 200
    """At most so many records in this part."""
    order: Literal["oldest", "newest"] = "oldest"
    """`oldest` first, or `newest` first. Records that are appended meanwhile move no other record to another part."""
    after: Annotated[Position, BeforeValidator(parse_position), string_schema(pattern=POSITION)] | None = None
    """Where the part before ended: a day and a number. Follow `next` instead of writing it yourself."""


class RecordView(View):
    """One effect, or one result. A member that does not apply is empty: a pause has no serial."""

    at: datetime
    event: Event
    """`order`: placed with the authority. `merge`: a new version in the vault. `secret`: a Secret written. `rollout`:
    pods restarted. `served`, `not served`: what a place was seen to serve. `rollback`: a place goes back to an earlier
    version. `quarantine`: a version is no longer delivered, or again. `password`: a client's was made, or is the
    client's own from now on. `accepted`, `not accepted`: whether a place takes it. `request`: somebody requested
    something, or a test alert, or a request has ended. `pause`: begun or ended. `unreadable`: a line of the history
    that cannot be read, as `outcome` says; it may be any of the others, so every filter returns it."""
    outcome: str
    """What was done, or found."""
    actor: ActorView
    """On whose behalf. A worker acts on behalf of the person whose request it works on."""
    reason: str
    """Why, as the person wrote; `scheduled` if nobody asked."""
    correlation: str
    """The id, in the log too, of the call or the tick that caused it."""
    target: str
    """What it is about: `certificate/NAME`, `client/ID`, `relay/NAME`, `cluster/NAME`, `issuer/NAME`, or `all`."""
    place: str
    """`relay@cluster`."""
    version: str
    """In Key Vault."""
    thumbprint: str
    """SHA-256 of the leaf's DER, lower-case hex."""
    serial: str
    """Of the leaf, lower-case hex."""
    release: str
    """The version of Relaykeeper that did it."""
    inventory: str
    """The first twelve hex digits of the SHA-256 of the inventory's file."""
    order: str
    """Of an `order` and of a `merge`: the order's URL at the authority. Another execution, of another `correlation`,
    may have placed the order that a version came from."""
    request: str
    """Of a `request`: the id of the request that was asked for, joined or ended, as in `/api/requests/{id}`."""


class HistoryView(View):
    """A part of the history, in the requested order."""

    records: tuple[RecordView, ...]
    next: str | None
    """The URL of the next part, relative to this host; null at the end. A part may have no records and still have a
    `next`."""


def read_history(call: ApiRequest[NoInput, HistoryQuery]) -> HttpResponse:
    query, ports = call.query, call.ports()
    chosen = filter_of(query, ports.clock.now())
    if query.order == "newest":
        part = newest_first(chosen, query.after or Position(chosen.until.date(), END_OF_DAY), query.limit, ports)
    else:
        part = oldest_first(chosen, query.after or Position(chosen.since.date()), query.limit, ports)
    records = tuple(map(RecordView.model_validate, part.records))
    return json_response(HistoryView(records=records, next=part.further and next_url(query, chosen, part.further)))


def filter_of(query: HistoryQuery, now: datetime) -> HistoryFilter:
    """Return which records to return. Raises HttpProblem if the period ends before it begins."""
    until = min(query.until or now, now)
    since = query.since or until - DEFAULT_PERIOD
    if until < since:
        error = FieldError(
            parameter="since",
            detail=f"must not be after until ({until:%Y-%m-%dT%H:%M:%SZ}), which is now at the latest",
        )
        raise HttpProblem(ProblemKind.INVALID, INVALID_QUERY, errors=(error,))
    return HistoryFilter(since, until, query.target, query.actor, query.thumbprint, query.correlation)


def next_url(query: HistoryQuery, chosen: HistoryFilter, further: Position) -> str:
    """Return the URL of the next part, with the same period whenever it is followed."""
    parameters = {
        "target": query.target,
        "actor": chosen.actor,
        "thumbprint": chosen.thumbprint,
        "correlation": chosen.correlation,
        "since": f"{chosen.since:%Y-%m-%dT%H:%M:%S.%fZ}",
        "until": f"{chosen.until:%Y-%m-%dT%H:%M:%S.%fZ}",
        "limit": query.limit,
        "order": query.order if query.order != "oldest" else None,
        "after": f"{further.day}.{further.number}",
    }
    return "/api/history?" + urlencode({name: value for name, value in parameters.items() if value is not None})


HISTORY_OPERATIONS = (
    Operation(
        id="read_history",
        method="GET",
        path="history",
        summary="What was done, when, for whom and why; the newest last, or first with order=newest",
        description="Reads storage only: the last 30 days unless `since` and `until` say otherwise, in parts. Follow "
        "`next` until it is null: a part may be empty and not be the last.",
        role="reader",
        run=read_history,
        query=HistoryQuery,
        responses={200: HistoryView},
    ),
)
