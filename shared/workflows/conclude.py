"""See a person's request through to its end."""

import logging
from dataclasses import replace
from datetime import timedelta

from shared.domain.ending import Ending, ending
from shared.domain.inventory import Certificate
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.requests import Request
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.ports import Ports
from shared.workflows.heed import heeding
from shared.workflows.look import look

log = logging.getLogger("relaykeeper.requests")

A_LEASE = timedelta(minutes=1)
"""The longest that another worker may hold a certificate's journal after it died."""


def come_back_for(request: Request | None, message: Message, journal: Journal, ports: Ports) -> None:
    """Send a person's request again for when the certificate can be had; a tick's message needs no return."""
    if request is not None:
        now = ports.clock.now()
        waits = journal.next_attempt is not None and journal.waits(now)
        ports.queue.send(message, journal.next_attempt - now if journal.next_attempt and waits else A_LEASE)


def conclude(id_: str, certificate: Certificate | None, ports: Ports) -> None:
    """Write down how a request stands after its message was worked on."""
    try:
        with ports.requests.lease(id_) as hold:
            if not hold.journal.open:
                return
            standing, words = how_it_stands(hold.journal, certificate, ports)
            ended = ports.clock.now() if standing in ("served", "failed") else None
            after = replace(hold.journal, standing=standing, words=words, ended=ended)
            if after != hold.journal:
                log.info("%s: request %s: %s: %s", after.certificate, id_, standing, words)
                hold.write(after)
    except LeaseTaken:
        log.info("request %s: another worker writes down how it stands", id_)


def how_it_stands(request: Request, certificate: Certificate | None, ports: Ports) -> Ending:
    """Look at the certificate once more, as a stranger would."""
    if certificate is None:
        return Ending("failed", f"{request.certificate} is no longer in the inventory.")
    if certificate.mode == "observe":
        return Ending("failed", f"{certificate.name} is only observed now: nothing of it is changed.")
    ports = heeding(ports)
    journal = ports.journals.read(certificate.name)
    if request.taken is None:
        pause = ports.inventory.pause_of(certificate)
        return Ending("held", pause.reason) if pause is not None else Ending("open", journal.error or "")
    try:
        seen = look(certificate, journal, ports)
    except (TransientError, PermanentError) as failure:
        return Ending("open", str(failure))
    return ending(certificate, seen, request.kind == "rollback", ports.clock.now())
