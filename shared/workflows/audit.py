"""Append records of what was done, and read them page by page."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.domain.audit import Actor, AuditRecord, Event, RecordedVersion, Trigger
from shared.domain.object_ref import ALL, ObjectRef
from shared.domain.requests import Request
from shared.errors import PermanentError, TransientError
from shared.ports import Ports
from shared.version import RELEASE

log = logging.getLogger("relaykeeper.history")

A_DAY = timedelta(days=1)

MAX_DAYS = 100
"""Days that are searched for one page: each is a read of storage."""

END_OF_DAY = 999_999_999
"""A number that no record of a day has."""


def audit_request_end(request: Request, ports: Ports) -> None:
    """Append how a person's request ended, in that person's name."""
    outcome = f"{request.kind} {request.status}: {request.id}: {request.message}"
    record = audit_record("request", outcome, request.trigger, ports, target=request.target, request=request.id)
    append_audit(record, ports)


def append_audit(record: AuditRecord, ports: Ports) -> None:
    """Append a record. If that fails, log it instead: the action itself has already happened."""
    try:
        ports.history.append(record)
    except (TransientError, PermanentError) as failure:
        log.error("not in the history: %s: %s", record, failure)


def audit_record(
    event: Event,
    outcome: str,
    trigger: Trigger,
    ports: Ports,
    *,
    target: ObjectRef = ALL,
    place: str = "",
    version: RecordedVersion | None = None,
    reason: str = "",
    order: str = "",
    request: str = "",
) -> AuditRecord:
    """Return the record of what is done now to `target`, in the name of `trigger`; `reason` is its own unless given.

    `place` is `relay@cluster`, `version` what it is about there, `order` the URL of an order, `request` the id of one.
    """
    return AuditRecord(
        at=ports.clock.now(),
        event=event,
        actor=trigger.actor,
        reason=reason or trigger.reason,
        correlation=trigger.correlation,
        outcome=outcome,
        target=str(target),
        place=place,
        version=version.version if version is not None else "",
        thumbprint=version.thumbprint if version is not None else "",
        serial=version.serial if version is not None else "",
        release=RELEASE,
        inventory=ports.digest,
        order=order,
        request=request,
    )


class Position(NamedTuple):
    """Before the record of this number, from 0, of a day (UTC); numbers stay, as records are only ever appended."""

    day: date
    number: int = 0


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which records are asked for: from `since` to before `until`, about a target, by an actor's kind, id or name, of a
    leaf's thumbprint, of a correlation id.

    A line that cannot be read may be any of them.
    """

    since: datetime
    until: datetime
    target: ObjectRef | None = None
    actor: str | None = None
    thumbprint: str | None = None
    correlation: str | None = None

    def has(self, record: AuditRecord) -> bool:
        return record.event == "unreadable" or (
            self.since <= record.at < self.until
            and (self.target is None or str(self.target) == record.target)
            and (self.actor is None or is_actor(self.actor, record.actor))
            and self.thumbprint in (None, record.thumbprint)
            and self.correlation in (None, record.correlation)
        )


def is_actor(text: str, actor: Actor) -> bool:
    return text.casefold() in {actor.kind, actor.id.casefold(), actor.name.casefold()}


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Records, in the order that was asked for, and where to go on; None at the end."""

    records: tuple[AuditRecord, ...]
    further: Position | None


def oldest_first(chosen: HistoryFilter, start: Position, most: int, ports: Ports) -> HistoryPage:
    """Return at most `most` of the chosen records, beginning at `start`."""
    found: list[AuditRecord] = []
    for offset in range(MAX_DAYS):
        day = start.day + offset * A_DAY
        if day > chosen.until.date():
            return HistoryPage(tuple(found), None)
        begin = start.number if offset == 0 else 0
        for number, record in enumerate(ports.history.day(day)[begin:], begin + 1):
            if chosen.has(record):
                found.append(record)
            if len(found) == most:
                return HistoryPage(tuple(found), Position(day, number))
    return HistoryPage(tuple(found), Position(start.day + MAX_DAYS * A_DAY))


def newest_first(chosen: HistoryFilter, start: Position, most: int, ports: Ports) -> HistoryPage:
    """Return at most `most` of the chosen records, the newest first, from the one before `start` backwards."""
    found: list[AuditRecord] = []
    for offset in range(MAX_DAYS):
        day = start.day - offset * A_DAY
        if day < chosen.since.date():
            return HistoryPage(tuple(found), None)
        end = start.number if offset == 0 else END_OF_DAY
        records = ports.history.day(day)[:end]
        for number in range(len(records) - 1, -1, -1):
            if chosen.has(records[number]):
                found.append(records[number])
            if len(found) == most:
                return HistoryPage(tuple(found), Position(day, number))
    return HistoryPage(tuple(found), Position(start.day - MAX_DAYS * A_DAY, END_OF_DAY))
