"""An SMTP client on its way from wanted to accepted: its password is made, its file is written, and logins prove it."""

import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.domain.client_assessment import ClientAssessment, assess_client, password_expiry
from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.client_file import read_file_annotation
from shared.domain.clients.client_journal import MadePassword
from shared.domain.clients.password import generate_password
from shared.domain.message import Message
from shared.domain.requests import Request
from shared.errors import LeaseTaken, Paused, PermanentError
from shared.inventory.clients import Client
from shared.log_context import step
from shared.ports import Ports
from shared.workflows.attempt import record_outcome
from shared.workflows.delivering.deliver_password import deliver_password
from shared.workflows.delivering.stages import deliver_in_stages
from shared.workflows.fulfil_deliveries import accept_delivery, evaluate_delivery
from shared.workflows.lease import drop_removed_places, leased
from shared.workflows.lost_clients import loss_refusal
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client, password_ref
from shared.workflows.on_boarding import OnBoarding, PasswordVersion
from shared.workflows.pauses import require_not_paused
from shared.workflows.request_updates import request_of, retry_later, update_related, update_status

log = logging.getLogger("relaykeeper.clients")

CRASHED = "on-boarding crashed, or failed on a bug, each time the message was delivered; the log has the trace"

CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much the vault's clock may be behind ours; its times are whole seconds."""


def on_board(message: Message, ports: Ports) -> None:
    """Bring one client from wanted to accepted. One that is accepted already is only read.

    Raises LeaseLost if another worker took over; TransientError or PermanentError if the journal cannot be read, or if
    the message is not about a client. A client that left the inventory is left alone; while the loss of several is not
    confirmed, none is changed.
    """
    if message.target.kind != "client":
        raise PermanentError(f"{message.target} is no client")
    request = request_of(message, ports)
    client = ports.inventory.clients.get(message.target.name)
    attempted = False
    try:
        if client is not None:
            attempted = attempt_client(client, message, request, ports)
        else:
            log.info("%s is not in the inventory: nothing of it is changed", message.target)
    except LeaseTaken:
        log.info("%s: another worker is on it", message.target.name)
        retry_later(request, message, ports)
        return
    except Paused as paused:
        log.info("%s", paused)
    evaluate = partial(evaluate_delivery, client=client, ports=ports)
    if request is not None:
        update_status(request.id, evaluate, ports)
    if request is not None or attempted:
        update_related(message, evaluate, ports)


def attempt_client(client: Client, message: Message, request: Request | None, ports: Ports) -> bool:
    """Make an attempt if there is anything to do, or if the request was not accepted yet; return whether one was made.

    A message before the next attempt is dropped.
    """
    journal = ports.state.clients.read(client.name)
    new_request = request if request is not None and request.accepted is None else None
    if client.mode == "manage" and journal.attempt.is_waiting(ports.clock.now()) and new_request is None:
        log.info("%s: dropped, the next attempt is at %s", client.name, journal.attempt.next_attempt)
        return False
    assessment = assess_client(observe_client(client, journal, Look("quick"), ports))
    log_client(assessment)
    to_do = assessment.calls_for_work or assessment.observation.read_errors or new_request is not None
    if client.mode == "observe" or not to_do:
        return False
    if (refused := loss_refusal(ports)) is not None:
        log.error("%s: %s", client.name, refused)
        return False
    pauses = require_not_paused(message.target, ports)
    with leased(message, ports.state.clients, ports) as held, record_outcome(held):
        if request is not None:
            held.trigger = request.trigger
        if new_request is not None:
            accept_delivery(held, new_request.id)
        reconcile_client(OnBoarding(client, held, pauses))
    return True


def log_client(assessment: ClientAssessment) -> None:
    """Log what one look found, what it could not read, and what there is to do."""
    client = assessment.client
    observed = "observed only: " if client.mode == "observe" else ""
    for failure in assessment.observation.read_errors.values():
        log.warning("%s: %s", client.name, failure)
    for place, assessed in assessment.places.items():
        if assessed.hold is not None:
            with step(reason=assessed.hold.reason):
                log.info("%s: %s: %s", client.name, place, assessed.hold.message)
    for finding in assessment.actions:
        with step(reason=finding.reason):
            log.info("%s: %s%s", client.name, observed, finding)
    if not assessment.calls_for_work:
        log.info("%s: nothing to do", client.name)


def reconcile_client(work: OnBoarding) -> None:
    """Do what is to be done, under the lease, after looking again: another worker may have done it meanwhile.

    Raises NotYet if a place needs more time, TransientError or PermanentError if the password cannot be read or made.
    """
    drop_removed_places(work.held, work.places)
    assessment = work.assess(work.places)
    observation = assessment.observation
    if observation.read_errors:
        raise PermanentError("; ".join(observation.read_errors.values()))
    if observation.stored is None and not observation.is_probe:
        require_nothing_in_use(work, assessment)
        make_password(work, for_probe=observation.probe_of is not None)
    else:
        adopt_made_version(work, assessment)
    deliver_in_stages(work.places, lambda place, stopped: deliver_password(work, place, stopped=stopped))
    hand_out(work)


def require_nothing_in_use(work: OnBoarding, assessment: ClientAssessment) -> None:
    """Raise PermanentError where a relay accepts a password of the client that the vault has lost, as when a deleted
    secret was purged: a new one would take its place in the file."""
    for place, assessed in assessment.places.items():
        there = assessed.there
        has_file = isinstance(there, ClientPlaceObservation) and read_file_annotation(work.client.name, there.secret)
        if has_file or work.state(place).accepted is not None:
            raise PermanentError(
                f"{password_ref(work.client)} has no password, and {place} accepts one of client {work.client.name} "
                "that may be in use: none is made in its place. Store the password in use there; or, if nobody uses "
                "it, another"
            )


def make_password(work: OnBoarding, *, for_probe: bool) -> None:
    """Make the password that the vault lacks. The journal says so before: after a crash its version is known as ours.

    With `for_probe` it is marked as a probe client's, of a relay whose files something else brings. Raises
    PermanentError where a deleted secret holds the name.
    """
    client, now = work.client, work.ports.clock.now()
    work.held.save(replace(work.journal, made=MadePassword(now)))
    work.held.before_effect()
    expires = password_expiry(client, now)
    ref = password_ref(client)
    version = work.ports.vault.make_password(ref, client.name, generate_password(), expires, for_probe=for_probe)
    work.held.save(replace(work.journal, made=MadePassword(now, version)))
    work.held.record("password", f"made a password in {ref}", version=PasswordVersion(version))


def adopt_made_version(work: OnBoarding, assessment: ClientAssessment) -> None:
    """After a crash between making a password and recording its version: record it, if the one there is ours, and is no
    older: a deleted secret that somebody recovered may have one that is in use."""
    stored, made = assessment.observation.stored, work.journal.made
    if stored is None or made is None or made.version is not None:
        return
    ours = stored.made_for == work.client.name and stored.begins >= made.at - CLOCKS_DIFFER
    work.held.save(replace(work.journal, made=replace(made, version=stored.version) if ours else None))


def hand_out(work: OnBoarding) -> None:
    """Record that a password that we made is accepted everywhere: it is the client's own from now on."""
    made = work.journal.made
    if made is None or made.handed_out is not None or made.version is None:
        return
    states = [work.state(place) for place in work.places]
    if all(state.accepted is not None and state.accepted.version == made.version for state in states):
        work.held.save(replace(work.journal, made=replace(made, handed_out=work.ports.clock.now())))
        work.held.record("password", "accepted everywhere: from now on it is the client's own")


def record_client_crash(message: Message, ports: Ports) -> None:
    """Write into the journal, under its lease, that the message was given up. The next tick tries again.

    Raises LeaseTaken while another worker holds the client, Paused while it is paused.
    """
    if message.target.name not in ports.inventory.clients:
        return
    require_not_paused(message.target, ports)
    with leased(message, ports.state.clients, ports) as held:
        held.save(held.journal.with_attempt(held.journal.attempt.with_error(CRASHED)))
