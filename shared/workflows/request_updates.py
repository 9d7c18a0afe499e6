"""What a worker does with a person's request, whatever it is about: find it by its message, and record its status."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.attempt_state import AttemptState
from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.domain.pauses import Pause, pause_of
from shared.domain.request_status import RequestResult
from shared.domain.requests import QUEUED_MESSAGE, Request, is_id
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.ports import Ports
from shared.workflows.audit import audit_request_end
from shared.workflows.requests import open_requests

log = logging.getLogger("relaykeeper.requests")

NOT_TAKEN = "Nothing was begun."

A_MOMENT = timedelta(seconds=5)
"""How long to wait for another worker that updates a request."""

LEASE_TIME = timedelta(minutes=1)
"""The longest time that a lease outlives the worker that held it."""

type EvaluateRequest = Callable[[Request], Request]
"""Return an open request with the status that a look at its target gives it."""


def request_of(message: Message, ports: Ports) -> Request | None:
    """Return the person's request that a message carries; None once that has ended."""
    if message.request is None or not is_id(message.request):
        return None
    request = ports.state.requests.read(message.request)
    return request if request.open and request.target == message.target else None


def retry_later(request: Request | None, message: Message, ports: Ports) -> None:
    """Send a person's request again for when the lease is free; a tick's message is dropped, as the next tick comes."""
    if request is not None:
        ports.queue.send(message, LEASE_TIME)


def update_related(message: Message, evaluate: EvaluateRequest, ports: Ports) -> None:
    """Record the status of the other accepted requests for the same object: the same work may fulfil them."""
    for other in open_requests(ports):
        if other.target == message.target and other.id != message.request and other.accepted is not None:
            try:
                update_status(other.id, evaluate, ports)
            except (TransientError, PermanentError) as failure:
                log.error("cannot update request %s: %s", other.id, failure)


def update_status(id_: str, evaluate: EvaluateRequest, ports: Ports) -> None:
    """Record the status of a request after its message was worked on."""
    request = ports.state.requests.read(id_)
    after = evaluate(request) if request.open else request
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


def taken_up(request: Request, now: datetime) -> Request:
    """Return the request as a worker accepts it."""
    return replace(request, accepted=now, message=f"A worker took it up at {now:%Y-%m-%d %H:%M:%S} UTC.")


def not_managed(request: Request, *, in_inventory: bool) -> RequestResult:
    """Return the end of a request whose target left the inventory, or is only observed by now."""
    why = "is only observed now" if in_inventory else "is no longer in the inventory"
    return RequestResult("failed", f"{request.target.name} {why}.")


def why_not_started(
    target: ObjectRef, read_attempt: Callable[[], AttemptState], pauses: tuple[Pause, ...], now: datetime
) -> RequestResult:
    """Say why no worker could take a request up: a pause, or what the journal says of the attempt."""
    if (pause := pause_of(target, pauses)) is not None:
        return RequestResult("held", pause.reason)
    attempt = read_attempt()
    if attempt.error is None:
        return RequestResult("open", QUEUED_MESSAGE)
    if attempt.is_waiting(now):
        return RequestResult("held", f"{NOT_TAKEN} {attempt.describe_wait()}")
    return RequestResult("failed", f"{NOT_TAKEN} {attempt.error}")


def completed(request: Request, result: RequestResult, now: datetime) -> Request:
    """Return the request with its result; one that is done or has failed ended now."""
    over = result.status in ("done", "failed")
    return replace(request, status=result.status, message=result.message, ended=now if over else None)
