"""See a person's request through to its end."""

import logging
from dataclasses import replace
from datetime import timedelta

from shared.domain.certificates import Version
from shared.domain.ending import Ending, ending, issued, wish_lost
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.requests import WAITS_FOR_A_WORKER, Request
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Ports
from shared.workflows.ask import under_way
from shared.workflows.chronicle import chronicle_end
from shared.workflows.heed import heeding
from shared.workflows.look import look

log = logging.getLogger("relaykeeper.requests")

NOT_TAKEN = "Nothing was begun."
A_LEASE = timedelta(minutes=1)
"""The longest that another worker may hold a certificate's journal after it died."""


def come_back_for(request: Request | None, message: Message, ports: Ports) -> None:
    """Send a person's request again for when the certificate can be had; a tick's message needs no return."""
    if request is not None:
        ports.queue.send(message, A_LEASE)


def conclude(id_: str, certificate: Certificate | None, ports: Ports) -> None:
    """Write down how a request stands after its message was worked on."""
    request = ports.requests.read(id_)
    after = as_it_stands(request, certificate, ports) if request.open else request
    try:
        if after != request:
            write_down(request, after, ports)
        if not after.open:
            with ports.ended.lease(id_) as copy:
                copy.write(after)
    except LeaseTaken:
        log.info("request %s: another worker writes down how it stands", id_)


def conclude_others(message: Message, certificate: Certificate | None, ports: Ports) -> None:
    """Write down how the other requests for the certificate stand that were taken up: what was done may be theirs."""
    for other in under_way(ports):
        if other.certificate == message.certificate and other.id != message.request and other.taken is not None:
            try:
                conclude(other.id, certificate, ports)
            except (TransientError, PermanentError) as failure:
                log.error("how request %s stands is not written down: %s", other.id, failure)


def write_down(before: Request, after: Request, ports: Ports) -> None:
    """Write, unless somebody else has written since."""
    with ports.requests.lease(before.id) as hold:
        if hold.journal == before:
            log.info("%s: request %s: %s: %s", after.certificate, after.id, after.standing, after.words)
            if not after.open:
                chronicle_end(after, ports)
            hold.write(after)


def as_it_stands(request: Request, certificate: Certificate | None, ports: Ports) -> Request:
    """Look at the certificate once more, as a stranger would."""
    if certificate is None:
        return ended(request, Ending("failed", f"{request.certificate} is no longer in the inventory."), ports)
    if certificate.mode == "observe":
        return ended(request, Ending("failed", f"{certificate.name} is only observed now."), ports)
    ports = heeding(ports)
    if request.taken is None:
        return ended(request, why_not_taken(certificate, ports), ports)
    journal = ports.journals.read(certificate.name)
    if journal.waits(ports.clock.now()):
        return replace(request, standing="open", words=waiting_in_words(request, certificate, journal, ports))
    try:
        with guard(f"looking at {certificate.name} for request {request.id}"):
            seen = look(certificate, journal, ports)
            if wish_lost(request, seen):
                return replace(request, taken=None, standing="open", words="its journal was lost: it is taken up again")
            return ended(request, ending(request, certificate, seen, ports.clock.now()), ports)
    except (TransientError, PermanentError) as failure:
        return replace(request, standing="open", words=str(failure))


def why_not_taken(certificate: Certificate, ports: Ports) -> Ending:
    """Say why no worker could take a request up: a pause, or what the journal says of the attempt."""
    if (pause := ports.inventory.pause_of(certificate.name)) is not None:
        return Ending("held", pause.reason)
    journal = ports.journals.read(certificate.name)
    if journal.error is None:
        return Ending("open", WAITS_FOR_A_WORKER)
    if journal.waits(ports.clock.now()):
        return Ending("held", f"{NOT_TAKEN} {journal.wait_in_words()}")
    return Ending("failed", f"{NOT_TAKEN} {journal.error}")


def waiting_in_words(request: Request, certificate: Certificate, journal: Journal, ports: Ports) -> str:
    """Say whether there is a new version, then what the work waits for, since when, and when the next look is due."""
    words = journal.wait_in_words()
    if request.kind != "renewal":
        return words
    newest = newest_version(certificate, ports)
    if newest is None and request.replaces is not None:
        return words
    return f"{issued(request, newest, journal)} {words}".strip()


def newest_version(certificate: Certificate, ports: Ports) -> Version | None:
    """Return the newest version; None where there is none, or the vault does not say."""
    try:
        stored = ports.vault.latest(certificate)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return None
    return stored.version if stored is not None else None


def ended(request: Request, ending: Ending, ports: Ports) -> Request:
    over = ending.standing in ("served", "failed")
    return replace(request, standing=ending.standing, words=ending.words, ended=ports.clock.now() if over else None)
