"""What was done, when, for whom and why."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field

from shared.api.exchange import Answer, told
from shared.api.fields import DATE, LONGEST_CERTIFICATE, LONGEST_NAME, SHAPE, Moment, Nothing, described
from shared.api.operation import Asked
from shared.api.people import DOCUMENT, ActorView
from shared.api.problem import Fault, Kind, Problem
from shared.domain.audit import AuditRecord, Event
from shared.workflows.audit import END_OF_DAY, HistoryFilter, Position, newest_first, oldest_first

A_MONTH = timedelta(days=30)
MOST = 1000
POSITION = rf"^{DATE}\.\d{{1,9}}$"


def position(text: object) -> Position:
    wanted = "must be taken from `next` of the part before"
    if not isinstance(text, str) or re.fullmatch(POSITION, text, re.ASCII) is None:
        raise ValueError(wanted)
    day, _, number = text.partition(".")
    try:
        return Position(date.fromisoformat(day), int(number))
    except ValueError:
        raise ValueError(wanted) from None


class HistoryQuery(BaseModel):
    """Which records are wanted."""

    model_config = SHAPE
    certificate: Annotated[str, Field(min_length=1, max_length=LONGEST_CERTIFICATE)] | None = None
    """Of this certificate alone, by its name, whether or not the inventory still has it."""
    actor: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    """Of this actor alone: `timer`, `person`, `application` or `function key`, or an object id, or a name, in upper or
    lower case."""
    since: Moment | None = None
    """From then on, 30 days before `until` unless given: RFC 3339 with an offset, or a date, which is its first moment
    in UTC."""
    until: Moment | None = None
    """Before then, now unless given: written like `since`, and not before it."""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 200
    """At most so many records in this part."""
    order: Literal["oldest", "newest"] = "oldest"
    """`oldest` first, or `newest` first. What is appended while parts are read moves no record to another part."""
    after: Annotated[Position, BeforeValidator(position), described(pattern=POSITION)] | None = None
    """Where the part before ended, a day and a number. `next` has it: follow that."""


class RecordView(BaseModel):
    """One effect, or one verdict. A text is empty where it has nothing to say: a pause has no serial."""

    model_config = DOCUMENT
    at: datetime
    event: Event
    """`order`: placed with the authority. `merge`: a new version in the vault. `secret`: a Secret
    written. `rollout`: pods restarted. `served`, `not served`: what a place was found to serve. `rollback`: a place is
    to go back to an earlier version. `quarantine`: a version is not delivered any more, or again. `request`: somebody
    asked for something, or for a test alert, or a request has come to its end. `pause`: begun or ended. `unreadable`: a
    line of the history that cannot be read, as `outcome` says; it may be any of them, so it comes with every choice."""
    outcome: str
    """What was done, or found."""
    actor: ActorView
    """On whose behalf: what a worker does for a request is its asker's."""
    reason: str
    """Why, in the words of whoever asked; `scheduled` where nobody did."""
    correlation: str
    """Of the call or the tick that it came of, as in the log."""
    certificate: str
    place: str
    """`relay@cluster`."""
    version: str
    """In Key Vault."""
    thumbprint: str
    """SHA-256 of the leaf's DER, lower-case hex."""
    serial: str
    """Of the leaf, lower-case hex."""
    release: str
    """Which Relaykeeper did it."""
    inventory: str
    """The first twelve hex digits of the SHA-256 of the inventory's file."""

    @classmethod
    def of(cls, record: AuditRecord) -> "RecordView":
        return cls(
            at=record.at,
            event=record.event,
            outcome=record.outcome,
            actor=ActorView.of(record.actor),
            reason=record.reason,
            correlation=record.correlation,
            certificate=record.certificate,
            place=record.place,
            version=record.version,
            thumbprint=record.thumbprint,
            serial=record.serial,
            release=record.release,
            inventory=record.inventory,
        )


class HistoryView(BaseModel):
    """A part of the history, in the order that was asked for."""

    model_config = DOCUMENT
    records: tuple[RecordView, ...]
    next: str | None
    """The URL of the next part, relative to this host, which may be empty of records and still have a `next`; null at
    the end."""


def read_history(asked: Asked[Nothing, HistoryQuery]) -> Answer:
    query, ports = asked.query, asked.ports()
    now = ports.clock.now()
    until = min(query.until or now, now)
    since = query.since or until - A_MONTH
    if until < since:
        fault = Fault(
            parameter="since",
            detail=f"must not be after until ({until:%Y-%m-%dT%H:%M:%SZ}), which is now at the latest",
        )
        raise Problem(Kind.INVALID, "the query is not as it should be", errors=(fault,))
    chosen = HistoryFilter(since, until, query.certificate, query.actor)
    if query.order == "newest":
        part = newest_first(chosen, query.after or Position(until.date(), END_OF_DAY), query.limit, ports)
    else:
        part = oldest_first(chosen, query.after or Position(since.date()), query.limit, ports)
    further = part.further and next_part(query, chosen, part.further)
    return told(HistoryView(records=tuple(map(RecordView.of, part.records)), next=further))


def next_part(query: HistoryQuery, chosen: HistoryFilter, further: Position) -> str:
    """Return the URL of the next part, with moments that stay what they were."""
    asked = {
        "certificate": chosen.certificate,
        "actor": chosen.actor,
        "since": f"{chosen.since:%Y-%m-%dT%H:%M:%S.%fZ}",
        "until": f"{chosen.until:%Y-%m-%dT%H:%M:%S.%fZ}",
        "limit": query.limit,
        "order": query.order if query.order != "oldest" else None,
        "after": f"{further.day}.{further.number}",
    }
    return "/api/history?" + urlencode({name: value for name, value in asked.items() if value is not None})
