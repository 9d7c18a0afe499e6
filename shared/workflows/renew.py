"""A renewal, from wanted to served."""

import logging
from dataclasses import replace

from shared.domain.assessment import verdict_of, work_lines
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.renewal import Due
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.observation import Observation
from shared.domain.requests import Request, is_completed, is_id
from shared.errors import LeaseTaken, NotYet, Paused, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.attempt import combine_waits, log_assessment, log_observed, record_outcome
from shared.workflows.delivering.stages import deliver_all
from shared.workflows.fulfil_requests import accept, retry_later, update_related, update_status
from shared.workflows.issuing.issue import clean_up_orphan, issue_if_due, require_known, require_ownership
from shared.workflows.observe import observe, version_to_serve
from shared.workflows.pauses import PauseCheckedLease, require_not_paused

log = logging.getLogger("relaykeeper.renew")


def renew(message: Message, ports: Ports) -> None:
    """Bring one certificate from wanted to served; only read where it already is.

    Raises LeaseLost if another worker took over; TransientError or PermanentError if not even the journal can be had.
    """
    request, attempted = open_request(message, ports), False
    certificate = ports.inventory.certificates.get(message.certificate)
    if request is None or certificate is not None:
        require_known(message, ports)
        try:
            attempted = attempt(message, request, with_trigger(request, message, ports))
        except LeaseTaken:
            log.info("%s: another worker is on it", message.certificate)
            retry_later(request, message, ports)
            return
        except Paused as paused:
            log.info("%s", paused)
    if request is not None:
        update_status(request.id, certificate, ports)
    if request is not None or attempted:
        update_related(message, certificate, ports)


def attempt(message: Message, request: Request | None, ports: Ports) -> bool:
    """Do what is to be done, or was asked for and not yet taken up; return whether an attempt was made."""
    certificate = ports.inventory.certificates.get(message.certificate)
    journal = ports.journals.read(message.certificate)
    asked_for = request if request is not None and request.taken is None else None
    goes_on = asked_for is not None or journal.next_attempt is not None
    if certificate is not None and certificate.mode == "observe":
        log_observed(certificate, observe(certificate, journal, ports), ports)
    elif journal.waits(ports.clock.now()) and asked_for is None:
        log.info("%s: dropped, the next attempt is at %s", message.certificate, journal.next_attempt)
    elif certificate is None:
        require_not_paused(message.certificate, ports)
        clean_up_orphan(message, ports)
    elif goes_on or anything_to_do(certificate, journal, ports):
        heeding_ports = require_not_paused(certificate.name, ports)
        if goes_on or heeding_ports is ports or anything_to_do(certificate, journal, heeding_ports):
            reconcile(message, asked_for, certificate, heeding_ports)
            return True
    return False


def reconcile(message: Message, asked_for: Request | None, certificate: Certificate, ports: Ports) -> None:
    """Do what is to be done, under the lease and having looked again: somebody may have done it meanwhile."""
    with ports.journals.lease(certificate.name) as held, record_outcome(message, held, ports):
        lease = PauseCheckedLease(held, certificate.name, ports)
        drop_removed_places(certificate, lease, ports)
        seen = observe(certificate, lease.journal, ports, coming_back=lease.journal.next_attempt is not None)
        require_ownership(certificate, seen, lease, ports)
        if asked_for is not None:
            quarantine = lease.journal.quarantine
            accept(asked_for.id, certificate, seen.stored, lease, ports)
            others = lease.journal.quarantine != quarantine
            seen = observe(certificate, lease.journal, ports) if others else replace(seen, journal=lease.journal)
        ports = with_journal_trigger(certificate, seen, lease, ports)
        stored, unfinished = issue_if_due(message, certificate, seen, lease, ports)
        waits = [unfinished] if unfinished is not None else []
        try:
            if stored is not None:
                deliver_all(certificate, stored, seen, lease, ports)
        except NotYet as wait:
            waits.append(wait)
        if waits:
            raise combine_waits(waits)
        clear_trigger(certificate, stored, lease, ports)


def drop_removed_places(certificate: Certificate, lease: Lease[Journal], ports: Ports) -> None:
    """Drop the records of places that left the inventory."""
    wanted = lease.journal.only_at([str(place) for place in ports.inventory.places(certificate.name)])
    if wanted != lease.journal:
        lease.write(wanted)


def anything_to_do(certificate: Certificate, journal: Journal, ports: Ports) -> bool:
    """Look in passing and say what was found; what cannot be looked at is to be written down."""
    try:
        with guard(f"looking at {certificate.name}"):
            seen = observe(certificate, journal, ports)
            todo = work_lines(certificate, seen, ports.clock.now())
            log_assessment(certificate, seen, todo, ports.clock.now())
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return True
    return bool(todo)


def open_request(message: Message, ports: Ports) -> Request | None:
    """Return the person's request that a message carries; None once that has ended."""
    if message.request is None or not is_id(message.request):
        return None
    request = ports.requests.read(message.request)
    return request if request.open and request.certificate == message.certificate else None


def with_trigger(request: Request | None, message: Message, ports: Ports) -> Ports:
    """Return the ports as they are used for a person, or for the timer."""
    if request is not None:
        return replace(ports, occasion=request.occasion)
    reason = message.cause or ports.occasion.reason
    return replace(ports, occasion=replace(ports.occasion, reason=reason, correlation=message.correlation))


def with_journal_trigger(certificate: Certificate, seen: Observation, lease: Lease[Journal], ports: Ports) -> Ports:
    """Return the ports as they are used for the person whose work is under way, whoever's message carries it on.

    What comes due by itself afterwards is nobody's: then the journal forgets that person.
    """
    asked_for, newest = lease.journal.asked_for, seen.stored.version if seen.stored is not None else None
    if asked_for is None:
        return ports
    begins = lease.journal.issuance is None and isinstance(verdict_of(certificate, seen, ports.clock.now()), Due)
    if begins and asked_for.replaces != newest:
        lease.write(replace(lease.journal, asked_for=None))
        return ports
    return replace(ports, occasion=asked_for.occasion)


def clear_trigger(certificate: Certificate, stored: StoredVersion | None, lease: Lease[Journal], ports: Ports) -> None:
    """Strike out on whose behalf work was done, once every place serves what it should."""
    if lease.journal.asked_for is None:
        return
    places = [] if stored is None else ports.inventory.places(certificate.name)
    wanted = {p: version_to_serve(certificate, stored, p, lease.journal, ports) for p in places if stored is not None}
    if is_completed(
        lease.journal, {place: version.version for place, version in wanted.items() if version is not None}
    ):
        lease.write(replace(lease.journal, asked_for=None))


CRASHED = "renewing crashed, or failed on a bug, each time the message was delivered; the log has the trace"


def record_crash(message: Message, ports: Ports) -> None:
    """Write into the journal, under its lease, that the message was given up. The next tick tries again.

    Raises LeaseTaken while another worker is on the certificate, Paused while nothing of it may be written.
    """
    require_known(message, ports)
    require_not_paused(message.certificate, ports)
    with ports.journals.lease(message.certificate) as lease:
        lease.write(replace(lease.journal, next_attempt=None, waits_for=None, error=CRASHED))
