"""A renewal, from wanted to served."""

import logging

from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.renewal import Due, Fresh
from shared.domain.work import Seen, verdict_of, work
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.issue import abandon, issue
from shared.workflows.line import deliver_in_line
from shared.workflows.look import look
from shared.workflows.record import put_off, refuse_if_marked, report, written_down

log = logging.getLogger("relaykeeper.renew")


def renew(message: Message, ports: Ports) -> None:
    """Bring one certificate from wanted to served; only read where it already is.

    Raises TransientError or PermanentError if it could not be looked at, LeaseLost if another worker took over.
    """
    certificate = wanted(message, ports)
    journal = ports.journals.read(certificate.name)
    if journal.waits(ports.clock.now()):
        return log.info("%s: dropped, the next attempt is at %s", certificate.name, journal.next_attempt)
    seen = look(certificate, journal, ports)
    todo = work(certificate, seen, ports.clock.now())
    report(certificate, seen, todo, ports.clock.now())
    if not todo or certificate.mode == "observe":
        return None
    try:
        with ports.journals.lease(certificate.name) as lease, written_down(message, lease, ports):
            seen = look(certificate, lease.journal, ports)  # somebody may have done it meanwhile
            refuse_if_marked(certificate, seen)
            stored = issue_if_due(message, certificate, seen, lease, ports)
            if stored is not None:
                deliver_in_line(certificate, stored, seen, lease, ports)
    except LeaseTaken:
        log.info("%s: another worker is on it", certificate.name)


def wanted(message: Message, ports: Ports) -> Certificate:
    certificate = ports.inventory.certificates.get(message.certificate)
    if certificate is None:
        raise PermanentError(f"no certificate {message.certificate!r} in the inventory: the message is dropped")
    return certificate


def issue_if_due(
    message: Message, certificate: Certificate, seen: Seen, lease: Lease[Journal], ports: Ports
) -> Stored | None:
    """Return the version to deliver: a new one if due and had, else the stored one."""
    match verdict_of(certificate, seen, ports.clock.now()):
        case Due(reason):
            try:
                return issue(certificate, reason, lease, ports)
            except (TransientError, PermanentError) as failure:
                put_off(message, failure, lease, ports)
        case Fresh() if lease.journal.issuance is not None:
            abandon(certificate, lease, ports)
    return seen.stored
