"""A renewal, from wanted to served."""

import logging
from dataclasses import replace

from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.requests import Request
from shared.domain.work import work
from shared.errors import LeaseTaken, NotYet, Paused, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.conclude import come_back_for, conclude, conclude_others
from shared.workflows.deliver_in_line import deliver_in_line
from shared.workflows.heed import UntilPaused, unless_paused
from shared.workflows.issue_if_due import issue_if_due
from shared.workflows.left_behind import clear_away, refuse_unknown
from shared.workflows.look import look
from shared.workflows.occasion import for_whoever_asked, forget_whoever_asked, on_behalf_of, open_request
from shared.workflows.patience import together
from shared.workflows.record import report, report_observed, written_down
from shared.workflows.refuse import refuse_if_marked
from shared.workflows.take_up import take_up

log = logging.getLogger("relaykeeper.renew")


def renew(message: Message, ports: Ports) -> None:
    """Bring one certificate from wanted to served; only read where it already is.

    Raises LeaseLost if another worker took over; TransientError or PermanentError if not even the journal can be had.
    """
    request, attempted = open_request(message, ports), False
    certificate = ports.inventory.certificates.get(message.certificate)
    if request is None or certificate is not None:
        refuse_unknown(message, ports)
        try:
            attempted = look_after(message, request, on_behalf_of(request, message, ports))
        except LeaseTaken:
            log.info("%s: another worker is on it", message.certificate)
            come_back_for(request, message, ports)
            return
        except Paused as paused:
            log.info("%s", paused)
    if request is not None:
        conclude(request.id, certificate, ports)
    if request is not None or attempted:
        conclude_others(message, certificate, ports)


def look_after(message: Message, request: Request | None, ports: Ports) -> bool:
    """Do what is to be done, or was asked for and not yet taken up; return whether an attempt was made."""
    certificate = ports.inventory.certificates.get(message.certificate)
    journal = ports.journals.read(message.certificate)
    asked_for = request if request is not None and request.taken is None else None
    goes_on = asked_for is not None or journal.next_attempt is not None
    if certificate is not None and certificate.mode == "observe":
        report_observed(certificate, look(certificate, journal, ports), ports)
    elif journal.waits(ports.clock.now()) and asked_for is None:
        log.info("%s: dropped, the next attempt is at %s", message.certificate, journal.next_attempt)
    elif certificate is None:
        unless_paused(message.certificate, ports)
        clear_away(message, ports)
    elif goes_on or anything_to_do(certificate, journal, ports):
        heeding_ports = unless_paused(certificate.name, ports)
        if goes_on or heeding_ports is ports or anything_to_do(certificate, journal, heeding_ports):
            bring_about(message, asked_for, certificate, heeding_ports)
            return True
    return False


def bring_about(message: Message, asked_for: Request | None, certificate: Certificate, ports: Ports) -> None:
    """Do what is to be done, under the lease and having looked again: somebody may have done it meanwhile."""
    with ports.journals.lease(certificate.name) as held, written_down(message, held, ports):
        lease = UntilPaused(held, certificate.name, ports)
        forget_other_places(certificate, lease, ports)
        seen = look(certificate, lease.journal, ports, coming_back=lease.journal.next_attempt is not None)
        refuse_if_marked(certificate, seen, lease, ports)
        if asked_for is not None:
            quarantine = lease.journal.quarantine
            take_up(asked_for.id, certificate, seen.stored, lease, ports)
            others = lease.journal.quarantine != quarantine
            seen = look(certificate, lease.journal, ports) if others else replace(seen, journal=lease.journal)
        ports = for_whoever_asked(certificate, seen, lease, ports)
        stored, unfinished = issue_if_due(message, certificate, seen, lease, ports)
        waits = [unfinished] if unfinished is not None else []
        try:
            if stored is not None:
                deliver_in_line(certificate, stored, seen, lease, ports)
        except NotYet as wait:
            waits.append(wait)
        if waits:
            raise together(waits)
        forget_whoever_asked(certificate, stored, lease, ports)


def forget_other_places(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> None:
    """Drop the records of places that left the inventory."""
    wanted = lease.journal.only_at([str(place) for place in ports.inventory.places(certificate.name)])
    if wanted != lease.journal:
        lease.write(wanted)


def anything_to_do(certificate: Certificate, journal: Journal, ports: Ports) -> bool:
    """Look in passing and say what was found; what cannot be looked at is to be written down."""
    try:
        with guard(f"looking at {certificate.name}"):
            seen = look(certificate, journal, ports)
            todo = work(certificate, seen, ports.clock.now())
            report(certificate, seen, todo, ports.clock.now())
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return True
    return bool(todo)
