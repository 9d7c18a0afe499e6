"""Write down for good what was done, when, for whom and why."""

import logging
from dataclasses import dataclass, replace

from shared.domain.certificates import Stored
from shared.domain.history import Event, Record
from shared.domain.requests import Request
from shared.errors import PermanentError, TransientError
from shared.ports import Ports
from shared.version import RELEASE

log = logging.getLogger("relaykeeper.history")


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, or found; `reason` is the occasion's unless given."""

    event: Event
    outcome: str
    certificate: str = ""
    place: str = ""
    stored: Stored | None = None
    reason: str = ""


def chronicle(deed: Deed, ports: Ports) -> None:
    """Append the record of a deed; where that fails the log has it: what was done cannot be undone for that."""
    record = record_of(deed, ports)
    try:
        ports.history.append(record)
    except (TransientError, PermanentError) as failure:
        log.error("not in the history: %s: %s", record, failure)


def chronicle_end(request: Request, ports: Ports) -> None:
    """Append how a person's request ended, in that person's name."""
    outcome = f"{request.kind} {request.standing}: {request.id}: {request.words}"
    chronicle(Deed("request", outcome, request.certificate), replace(ports, occasion=request.occasion))


def record_of(deed: Deed, ports: Ports) -> Record:
    """Return the record of a deed done now, on this execution's occasion."""
    occasion, stored = ports.occasion, deed.stored
    return Record(
        at=ports.clock.now(),
        event=deed.event,
        actor=occasion.actor,
        reason=deed.reason or occasion.reason,
        correlation=occasion.correlation,
        outcome=deed.outcome,
        certificate=deed.certificate,
        place=deed.place,
        version=stored.version if stored else "",
        thumbprint=stored.leaf.thumbprint if stored else "",
        serial=stored.leaf.serial if stored else "",
        release=RELEASE,
        inventory=ports.digest,
    )
