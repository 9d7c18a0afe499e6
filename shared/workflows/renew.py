"""A renewal, from wanted to served."""

import logging

from shared.domain.inventory import Certificate
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.work import work
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.deliver_in_line import deliver_in_line
from shared.workflows.issue_if_due import issue_if_due
from shared.workflows.left_behind import clear_away, refuse_unknown
from shared.workflows.look import look
from shared.workflows.record import report, report_observed, written_down
from shared.workflows.refuse import refuse_if_marked

log = logging.getLogger("relaykeeper.renew")


def renew(message: Message, ports: Ports) -> None:
    """Bring one certificate from wanted to served; only read where it already is.

    Raises LeaseLost if another worker took over; TransientError or PermanentError if not even the journal can be had.
    """
    refuse_unknown(message, ports)
    certificate = ports.inventory.certificates.get(message.certificate)
    journal = ports.journals.read(message.certificate)
    try:
        if certificate is not None and certificate.mode == "observe":
            report_observed(certificate, look(certificate, journal, ports), ports)
        elif journal.waits(ports.clock.now()):
            log.info("%s: dropped, the next attempt is at %s", message.certificate, journal.next_attempt)
        elif certificate is None:
            clear_away(message, ports)
        elif anything_to_do(certificate, journal, ports):
            bring_about(message, certificate, ports)
    except LeaseTaken:
        log.info("%s: another worker is on it", message.certificate)


def bring_about(message: Message, certificate: Certificate, ports: Ports) -> None:
    """Do what is to be done, under the lease and having looked again: somebody may have done it meanwhile."""
    with ports.journals.lease(certificate.name) as lease, written_down(message, lease, ports):
        forget_other_places(certificate, lease, ports)
        seen = look(certificate, lease.journal, ports)
        refuse_if_marked(certificate, seen, lease, ports)
        stored, unfinished = issue_if_due(message, certificate, seen, lease, ports)
        if stored is not None:
            deliver_in_line(certificate, stored, seen, lease, ports)
        if unfinished is not None:
            raise unfinished


def forget_other_places(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> None:
    """Drop the records of places that left the inventory."""
    wanted = lease.journal.only_at([str(place) for place in ports.inventory.places(certificate.name)])
    if wanted != lease.journal:
        lease.write(wanted)


def anything_to_do(certificate: Certificate, journal: Journal, ports: Ports) -> bool:
    """Look in passing and say what was found; what cannot be looked at is to be written down."""
    try:
        seen = look(certificate, journal, ports)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return True
    todo = work(certificate, seen, ports.clock.now())
    report(certificate, seen, todo, ports.clock.now())
    return bool(todo)
