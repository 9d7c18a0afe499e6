"""What a worker does with a request: accept it under the lease, then record its status."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.assessment import assess
from shared.domain.certificate_requests import apply_request, rollback_refusal
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.pauses import Pause, pause_of
from shared.domain.request_status import RequestResult, issued_message, request_lost, result_of
from shared.domain.requests import QUEUED_MESSAGE, Request
from shared.errors import LeaseTaken, NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.inventory.relays import Certificate
from shared.ports import Lease, Ports
from shared.workflows.audit import audit_request_end
from shared.workflows.observe import Look, desired_versions, observe, usable_version
from shared.workflows.pauses import active_pauses
from shared.workflows.renewal_context import Renewal
from shared.workflows.requests import open_requests

log = logging.getLogger("relaykeeper.requests")

A_MOMENT = timedelta(seconds=5)

NOT_TAKEN = "Nothing was begun."

LEASE_TIME = timedelta(minutes=1)
"""The longest time that a lease outlives the worker that held it."""


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
    now = renewal.ports.clock.now()
    hold.write(replace(hold.journal, accepted=now, message=f"A worker took it up at {now:%Y-%m-%d %H:%M:%S} UTC."))


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


def retry_later(request: Request | None, message: Message, ports: Ports) -> None:
    """Send a person's request again for when the lease is free; a tick's message is dropped, as the next tick comes."""
    if request is not None:
        ports.queue.send(message, LEASE_TIME)


def update_related(message: Message, certificate: Certificate | None, ports: Ports) -> None:
    """Record the status of the other accepted requests for the certificate: the same work may fulfil them."""
    for other in open_requests(ports):
        if other.target == message.target and other.id != message.request and other.accepted is not None:
            try:
                update_status(other.id, certificate, ports)
            except (TransientError, PermanentError) as failure:
                log.error("cannot update request %s: %s", other.id, failure)


def update_status(id_: str, certificate: Certificate | None, ports: Ports) -> None:
    """Record the status of a request after its message was worked on."""
    request = ports.state.requests.read(id_)
    after = evaluate_status(request, certificate, ports) if request.open else request
    try:
        if after != request:
            save_status(request, after, ports)
        if not after.open:
            with ports.state.ended.lease(id_) as copy:
                copy.write(after)
    except LeaseTaken:
        log.info("request %s: another worker updates it", id_)


def save_status(before: Request, after: Request, ports: Ports) -> None:
    """Write, unless another worker has written since."""
    with ports.state.requests.lease(before.id) as hold:
        if hold.journal == before:
            log.info("%s: request %s: %s: %s", after.target.name, after.id, after.status, after.message)
            if not after.open:
                audit_request_end(after, ports)
            hold.write(after)


def evaluate_status(request: Request, certificate: Certificate | None, ports: Ports) -> Request:
    """Observe the certificate again and derive the request's status from what is served."""
    if certificate is None:
        return completed(
            request, RequestResult("failed", f"{request.target.name} is no longer in the inventory."), ports
        )
    if certificate.mode == "observe":
        return completed(request, RequestResult("failed", f"{certificate.name} is only observed now."), ports)
    pauses = active_pauses(ports)
    if request.accepted is None:
        return completed(request, why_not_started(certificate, pauses, ports), ports)
    journal = ports.state.certificates.read(certificate.name)
    if journal.attempt.is_waiting(ports.clock.now()):
        return replace(request, status="open", message=describe_wait(request, certificate, journal, ports))
    try:
        with guard(f"looking at {certificate.name} for request {request.id}"):
            observation = observe(certificate, journal, Look("quick", pauses), ports)
            if request_lost(request, observation):
                return replace(
                    request, accepted=None, status="open", message="its journal was lost: it is taken up again"
                )
            return completed(request, result_of(request, assess(observation)), ports)
    except (TransientError, PermanentError) as failure:
        return replace(request, status="open", message=str(failure))


def why_not_started(certificate: Certificate, pauses: tuple[Pause, ...], ports: Ports) -> RequestResult:
    """Say why no worker could take a request up: a pause, or what the journal says of the attempt."""
    if (pause := pause_of(certificate_ref(certificate.name), pauses)) is not None:
        return RequestResult("held", pause.reason)
    journal = ports.state.certificates.read(certificate.name)
    if journal.attempt.error is None:
        return RequestResult("open", QUEUED_MESSAGE)
    if journal.attempt.is_waiting(ports.clock.now()):
        return RequestResult("held", f"{NOT_TAKEN} {journal.attempt.describe_wait()}")
    return RequestResult("failed", f"{NOT_TAKEN} {journal.attempt.error}")


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


def completed(request: Request, result: RequestResult, ports: Ports) -> Request:
    over = result.status in ("done", "failed")
    return replace(request, status=result.status, message=result.message, ended=ports.clock.now() if over else None)
