"""A renewal, from wanted to served."""

import logging
from dataclasses import replace
from functools import partial

from shared.domain.assessment import Assessment, assess, observe_mode_lines, status_findings, verdict_of
from shared.domain.certificate_requests import is_completed
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.issuing.due import Due
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.observation import Observation
from shared.domain.pauses import Pause
from shared.domain.requests import Request
from shared.errors import LeaseTaken, NotYet, Paused, PermanentError, TransientError
from shared.guard import guard
from shared.inventory.relays import Certificate
from shared.log_context import step
from shared.ports import Ports
from shared.workflows.attempt import combine_waits, record_outcome
from shared.workflows.delivering.deliver_version import deliver_version
from shared.workflows.fulfil_requests import accept, evaluate_status
from shared.workflows.issuing.issue import (
    clean_up_orphan,
    issue_if_due,
    require_certificate,
    require_known,
    require_ownership,
)
from shared.workflows.lease import drop_removed_places, leased
from shared.workflows.observe import Look, desired_versions, observe
from shared.workflows.pauses import require_not_paused
from shared.workflows.renewal_context import Renewal
from shared.workflows.request_updates import request_of, retry_later, update_related, update_status

log = logging.getLogger("relaykeeper.renew")

CRASHED = "renewing crashed, or failed on a bug, each time the message was delivered; the log has the trace"


def renew(message: Message, ports: Ports) -> None:
    """Bring one certificate from wanted to served. One that is served already is only read.

    Raises LeaseLost if another worker took over; TransientError or PermanentError if the journal cannot be read, or if
    the message is not about a certificate.
    """
    require_certificate(message)
    request = request_of(message, ports)
    certificate = ports.inventory.certificates.get(message.target.name)
    attempted = False
    try:
        if certificate is not None:
            attempted = attempt(certificate, message, request, ports)
        elif request is None:
            attempt_clean_up(message, ports)
    except LeaseTaken:
        log.info("%s: another worker is on it", message.target.name)
        retry_later(request, message, ports)
        return
    except Paused as paused:
        log.info("%s", paused)
    evaluate = partial(evaluate_status, certificate=certificate, ports=ports)
    if request is not None:
        update_status(request.id, evaluate, ports)
    if request is not None or attempted:
        update_related(message, evaluate, ports)


def attempt(certificate: Certificate, message: Message, request: Request | None, ports: Ports) -> bool:
    """Reconcile if there is anything to do, or if the request was not accepted yet; return whether that was attempted.

    A message before the next attempt is dropped before anything is looked at. An idle tick reads no pauses.
    """
    journal = ports.state.certificates.read(certificate.name)
    new_request = request if request is not None and request.accepted is None else None
    if certificate.mode == "observe":
        log_observed(assess(observe(certificate, journal, Look("quick"), ports)))
        return False
    if journal.attempt.is_waiting(ports.clock.now()) and new_request is None:
        log.info("%s: dropped, the next attempt is at %s", certificate.name, journal.attempt.next_attempt)
        return False
    resumes = new_request is not None or journal.attempt.next_attempt is not None
    if not resumes and not has_work(certificate, journal, (), ports):
        return False
    pauses = require_not_paused(message.target, ports)
    if pauses and not resumes and not has_work(certificate, journal, pauses, ports):
        return False
    with leased(message, ports.state.certificates, ports) as held, record_outcome(held):
        if request is not None:
            held.trigger = request.trigger
        reconcile(Renewal(certificate, held, pauses), new_request)
    return True


def reconcile(renewal: Renewal, new_request: Request | None) -> None:
    """Do what is to be done, under the lease, after looking again: another worker may have done it meanwhile."""
    drop_removed_places(renewal.held, renewal.places)
    observation = observe_again(renewal, coming_back=renewal.journal.attempt.next_attempt is not None)
    require_ownership(renewal, observation)
    if new_request is not None:
        quarantine = renewal.journal.quarantine
        accept(renewal, new_request.id, observation.stored)
        lifted_or_added = renewal.journal.quarantine != quarantine
        observation = observe_again(renewal) if lifted_or_added else replace(observation, journal=renewal.journal)
    restore_trigger(renewal, observation)
    stored, unfinished = issue_if_due(renewal, observation)
    waits = [unfinished] if unfinished is not None else []
    try:
        if stored is not None:
            deliver_version(renewal, stored, assess(observation))
    except NotYet as wait:
        waits.append(wait)
    if waits:
        raise combine_waits(waits)
    clear_trigger(renewal, stored)


def observe_again(renewal: Renewal, *, coming_back: bool = False) -> Observation:
    look = Look("quick", renewal.pauses)
    return observe(renewal.certificate, renewal.journal, look, renewal.ports, coming_back=coming_back)


def has_work(certificate: Certificate, journal: Journal, pauses: tuple[Pause, ...], ports: Ports) -> bool:
    """Observe quickly and log what was found. A look that fails counts as work: the attempt records the failure."""
    try:
        with guard(f"looking at {certificate.name}"):
            assessment = assess(observe(certificate, journal, Look("quick", pauses), ports))
            log_assessment(assessment)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return True
    return assessment.calls_for_work


def log_assessment(assessment: Assessment) -> None:
    """Log what one look found, what it could not read, and what there is to do."""
    name, observation = assessment.certificate.name, assessment.observation
    log_read_errors(observation)
    for finding in (*status_findings(assessment), *assessment.actions):
        with step(reason=finding.reason):
            log.info("%s: %s", name, finding)
    if not assessment.calls_for_work:
        log.info("%s: nothing to do: %s", name, observation.journal.attempt.error or assessment.verdict.message)


def log_observed(assessment: Assessment) -> None:
    """Log the state of a certificate that is only observed, and what would be done if it were managed."""
    log_read_errors(assessment.observation)
    for line in (*status_findings(assessment), *observe_mode_lines(assessment)):
        log.info("%s: observed only: %s", assessment.certificate.name, line)


def log_read_errors(observation: Observation) -> None:
    for failure in observation.read_errors.values():
        log.warning("%s: %s", observation.certificate.name, failure)


def attempt_clean_up(message: Message, ports: Ports) -> None:
    """Clean up after a certificate that left the inventory while it was being issued.

    Raises PermanentError if there is nothing to clean up.
    """
    require_known(message, ports)
    if (journal := ports.state.certificates.read(message.target.name)).attempt.is_waiting(ports.clock.now()):
        log.info("%s: dropped, the next attempt is at %s", message.target.name, journal.attempt.next_attempt)
        return
    require_not_paused(message.target, ports)
    with leased(message, ports.state.certificates, ports) as held, record_outcome(held):
        clean_up_orphan(held)


def restore_trigger(renewal: Renewal, observation: Observation) -> None:
    """Work in the name of the person who asked for the work under way, whichever message continues it.

    What becomes due by itself afterwards is not on that person's behalf: then the journal forgets them.
    """
    requested_by = renewal.journal.requested_by
    if requested_by is None:
        return
    newest = observation.stored.version if observation.stored is not None else None
    if (
        renewal.journal.issuance is None
        and isinstance(verdict_of(observation), Due)
        and requested_by.baseline != newest
    ):
        renewal.held.save(replace(renewal.journal, requested_by=None))
    else:
        renewal.held.trigger = requested_by.trigger


def clear_trigger(renewal: Renewal, stored: StoredVersion | None) -> None:
    """Forget on whose behalf work was done, once every place serves what it should."""
    if renewal.journal.requested_by is None:
        return
    desired = (
        desired_versions(renewal.certificate, stored, renewal.journal, renewal.ports) if stored is not None else {}
    )
    wanted = {place: version.version for place, version in desired.items() if version is not None}
    if is_completed(renewal.journal, wanted):
        renewal.held.save(replace(renewal.journal, requested_by=None))


def record_crash(message: Message, ports: Ports) -> None:
    """Write into the journal, under its lease, that the message was given up. The next tick tries again.

    Raises LeaseTaken while another worker holds the certificate, Paused while it is paused.
    """
    require_known(message, ports)
    require_not_paused(message.target, ports)
    with leased(message, ports.state.certificates, ports) as held:
        held.save(held.journal.with_attempt(held.journal.attempt.with_error(CRASHED)))
