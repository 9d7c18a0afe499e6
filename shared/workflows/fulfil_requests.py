"""What a worker does with a request for a certificate: accept it under the lease, then find out its status."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.assessment import assess
from shared.domain.certificate_requests import apply_request, rollback_refusal
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.request_status import issued_message, request_lost, result_of
from shared.domain.requests import Request
from shared.errors import LeaseTaken, NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.inventory.relays import Certificate
from shared.ports import Lease, Ports
from shared.workflows.audit import audit_request_end
from shared.workflows.observe import Look, desired_versions, observe, usable_version
from shared.workflows.pauses import active_pauses
from shared.workflows.renewal_context import Renewal
from shared.workflows.request_updates import A_MOMENT, completed, not_managed, taken_up, why_not_started

log = logging.getLogger("relaykeeper.requests")


def accept(renewal: Renewal, id_: str, stored: StoredVersion | None) -> None:
    """Record which version the request finds, then what it asks for, then that it was accepted.

    Idempotent after a crash in between, unless another version came meanwhile.
    """
    try:
        with renewal.ports.state.requests.lease(id_) as hold:
            if hold.journal.accepted is None:
                accept_under_lease(renewal, hold, stored)
    except LeaseTaken as taken:
        raise NotYet(f"another worker updates request {id_}", A_MOMENT) from taken


def accept_under_lease(renewal: Renewal, hold: Lease[Request], stored: StoredVersion | None) -> None:
    newest = stored.version if stored is not None else None
    if (refused := why_not_accepted(renewal, hold.journal, stored)) is not None:
        ended = replace(hold.journal, status="failed", message=refused, ended=renewal.ports.clock.now())
        audit_request_end(ended, renewal.ports)
        hold.write(ended)
        return
    if hold.journal.baseline is None and newest is not None:
        hold.write(replace(hold.journal, baseline=newest))
    if hold.journal.baseline == newest:
        apply_accepted(renewal, hold.journal, stored)
    hold.write(taken_up(hold.journal, renewal.ports.clock.now()))


def why_not_accepted(renewal: Renewal, request: Request, stored: StoredVersion | None) -> str | None:
    """Say why what was asked for cannot be done; None where it can."""
    if request.kind != "rollback":
        return None
    places = renewal.places
    newest = stored.version if stored is not None else None
    why = rollback_refusal(renewal.journal, newest, request, places)
    if (
        why is None
        and request.version is not None
        and usable_version(renewal.certificate, request.version, renewal.ports) is None
    ):
        why = f"version {request.version} has expired, or is gone or disabled in vault {renewal.certificate.vault}"
    if why is None and stored is not None:
        why = places_without_earlier_version(renewal, request, stored, places)
    return f"cannot roll back {renewal.certificate.name}: {why}." if why is not None else None


def places_without_earlier_version(
    renewal: Renewal,
    request: Request,
    stored: StoredVersion,
    places: Sequence[Place],
) -> str | None:
    """Name the places where no earlier version could be served; None if each place that we deliver to has one."""
    after = apply_request(renewal.journal, replace(request, baseline=stored.version), renewal.ports.clock.now())
    desired = desired_versions(renewal.certificate, stored, after, renewal.ports)
    without = [str(place) for place in places if place.relay.sync == "secret" and desired[place] in (None, stored)]
    if not without:
        return None
    return f"no earlier version that is good still is known at {', '.join(without)}: name one with version"


def apply_accepted(renewal: Renewal, request: Request, stored: StoredVersion | None) -> None:
    """Append the change of the quarantine to the history, then write what the request asks for into the journal."""
    after = apply_request(renewal.journal, request, renewal.ports.clock.now())
    if after == renewal.journal:
        return
    before = renewal.journal.quarantine
    if after.quarantine != before and request.kind == "rollback":
        renewal.held.record("quarantine", "in quarantine everywhere", version=stored)
        renewal.held.record("rollback", "going back to the version before")
    elif after.quarantine != before:
        renewal.held.record("quarantine", "the quarantine is lifted", version=stored)
    renewal.held.save(after)


def evaluate_status(request: Request, certificate: Certificate | None, ports: Ports) -> Request:
    """Observe the certificate again and derive the request's status from what is served."""
    now = ports.clock.now()
    if certificate is None or certificate.mode == "observe":
        return completed(request, not_managed(request, in_inventory=certificate is not None), now)
    pauses, journals = active_pauses(ports), ports.state.certificates
    if request.accepted is None:
        reason = why_not_started(request.target, lambda: journals.read(certificate.name).attempt, pauses, now)
        return completed(request, reason, now)
    journal = journals.read(certificate.name)
    if journal.attempt.is_waiting(now):
        return replace(request, status="open", message=describe_wait(request, certificate, journal, ports))
    try:
        with guard(f"looking at {certificate.name} for request {request.id}"):
            observation = observe(certificate, journal, Look("quick", pauses), ports)
            if request_lost(request, observation):
                return replace(
                    request, accepted=None, status="open", message="its journal was lost: it is taken up again"
                )
            return completed(request, result_of(request, assess(observation)), ports.clock.now())
    except (TransientError, PermanentError) as failure:
        return replace(request, status="open", message=str(failure))


def describe_wait(request: Request, certificate: Certificate, journal: Journal, ports: Ports) -> str:
    """Say whether there is a new version, then what the work waits for, since when, and when the next look is due."""
    message = journal.attempt.describe_wait()
    if request.kind != "renewal":
        return message
    newest = current_version(certificate, ports)
    if newest is None and request.baseline is not None:
        return message
    return f"{issued_message(request, newest, journal)} {message}".strip()


def current_version(certificate: Certificate, ports: Ports) -> Version | None:
    """Return the newest version; None where there is none, or the vault does not say."""
    try:
        stored = ports.vault.latest(certificate)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return None
    return stored.version if stored is not None else None
