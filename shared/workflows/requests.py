"""Ask for something on a person's behalf, whatever it is about, and find what was asked for."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.object_ref import ObjectRef
from shared.domain.requests import (
    MAX_OPEN,
    MAX_OPEN_PER_OBJECT,
    QUEUED_MESSAGE,
    Request,
    asked_at,
    expire_request,
    id_at,
    is_id,
    may_be_for,
)
from shared.errors import (
    JournalUnreadable,
    LeaseTaken,
    NotAllowed,
    NotFound,
    PermanentError,
    TooManyRequests,
    TransientError,
    Unforeseen,
)
from shared.inventory.clients import Client
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.text import quoted
from shared.workflows.audit import audit_record
from shared.workflows.enqueue import enqueue

log = logging.getLogger("relaykeeper.requests")

RETRY_WHEN_FULL = timedelta(minutes=1)
"""Until a request of those that are open may have ended."""

type PrepareRequest = Callable[[Request, Sequence[Request]], Request]
"""Return a new request with its baseline, given the others that are open for its target. Raises NotAllowed for what a
worker would refuse as things stand."""


def require_mode_manage(wanted: Certificate | Client) -> None:
    """Raise NotAllowed for what is only observed."""
    if wanted.mode == "observe":
        raise NotAllowed(
            f"{wanted.name} is only observed: nothing of it is changed. Set mode: manage for it in the inventory."
        )


def submit(wanted: Request, prepare: PrepareRequest, ports: Ports) -> Request:
    """Put a request into the queue, unless one that is under way covers it: then that one is returned.

    Raises NotAllowed where `prepare` does, and where MAX_OPEN_PER_OBJECT are open for its target; TooManyRequests where
    MAX_OPEN are open in all.
    """
    ids = open_ids(ports)
    others = [each for each in read_open(ids, ports, wanted.target) if each.target == wanted.target]
    joined = find_duplicate(wanted, others)
    if joined is None:
        require_room(wanted.target, len(others), len(ids))
    request = joined or prepare(identified(wanted, ports), others)
    outcome = f"{wanted.kind} asked for: {'joins ' if joined else ''}{request.id}"
    record = audit_record("request", outcome, wanted.trigger, ports, target=wanted.target, request=request.id)
    ports.history.append(record)
    if joined is None:
        save_request(request, ports)
    enqueue_request(request, ports)
    return request


def find_duplicate(wanted: Request, others: Sequence[Request]) -> Request | None:
    """Return the request for the same object whose outcome is what is wanted, unless a request of another kind was made
    after it."""
    otherwise = max((number for number, request in enumerate(others) if request.kind != wanted.kind), default=-1)
    return next((request for request in others[otherwise + 1 :] if request.covers(wanted)), None)


def require_room(target: ObjectRef, of_target: int, in_all: int) -> None:
    """Raise NotAllowed or TooManyRequests where as many are open as may be."""
    if of_target >= MAX_OPEN_PER_OBJECT:
        raise NotAllowed(
            f"{of_target} requests for {target.name} are open, and no more are taken: wait until one has ended. "
            f"relaykeeper get requests {target} lists them."
        )
    if in_all >= MAX_OPEN:
        raise TooManyRequests(
            f"{in_all} requests are open, and no more are taken: ask again when some have ended. "
            "relaykeeper get requests lists them.",
            RETRY_WHEN_FULL,
        )


def identified(wanted: Request, ports: Ports) -> Request:
    """Return the request as it is to be saved for what is `wanted` now."""
    now = ports.clock.now()
    id_ = id_at(now, wanted.target, uuid4().hex[:4])
    return replace(wanted, id=id_, at=now, message=QUEUED_MESSAGE)


def save_request(request: Request, ports: Ports) -> None:
    try:
        with ports.state.requests.lease(request.id) as lease:
            if lease.journal.at is not None:
                raise TransientError(f"there is a request {request.id} already, of the same second. Ask again.")
            lease.write(request)
    except LeaseTaken as taken:
        raise TransientError(f"somebody else holds the blob of request {request.id}. Ask again.") from taken


def enqueue_request(request: Request, ports: Ports) -> None:
    """Send the message for a request; where that fails the next tick does."""
    try:
        enqueue(request.target, request.trigger.correlation, ports, request=request.id)
    except (TransientError, PermanentError) as failure:
        log.error("request %s waits for the next tick: %s", request.id, failure)


def find_requests(target: ObjectRef | None, most_ended: int, ports: Ports) -> tuple[list[Request], list[Request]]:
    """Return the open requests, the oldest first, and at most so many that have ended, the one asked for last first.

    With `target` only those for it. Reads few requests more than it returns.
    """
    now = ports.clock.now()
    going_on = [each for each in read_open(open_ids(ports), ports, target) if target in (None, each.target)]
    known_open = {each.id for each in going_on}
    ended: list[Request] = []
    for id_ in sorted(ports.state.requests.names(), reverse=True):
        if len(ended) >= most_ended:
            break
        if id_ not in known_open and (target is None or may_be_for(id_, target)):
            request = read_or_skip(id_, ports)
            if request is not None and not (request := expire_request(request, now)).open and request.at is not None:
                ended += [request] if target in (None, request.target) else []
    return going_on, ended


def open_requests(ports: Ports) -> list[Request]:
    """Return every request that is still to be worked on, the oldest first; none is older than MESSAGE_LIFETIME.

    One that cannot be read is logged and left out.
    """
    return read_open(open_ids(ports), ports)


def open_ids(ports: Ports) -> list[str]:
    """Return the ids of all requests that may be open, by two lists of names."""
    now, ended = ports.clock.now(), frozenset(ports.state.ended.names())
    return [id_ for id_ in ports.state.requests.names() if id_ not in ended and now - asked_at(id_) <= MESSAGE_LIFETIME]


def read_open(ids: Sequence[str], ports: Ports, target: ObjectRef | None = None) -> list[Request]:
    """Return the open ones of these, the oldest first; with `target` only those that may be for it are read."""
    wanted = [id_ for id_ in ids if target is None or may_be_for(id_, target)]
    found = [request for id_ in wanted if (request := read_or_skip(id_, ports)) is not None and request.open]
    return sorted(found, key=lambda request: request.at or ports.clock.now())


def read_or_skip(id_: str, ports: Ports) -> Request | None:
    try:
        return ports.state.requests.read(id_)
    except (JournalUnreadable, Unforeseen) as failure:
        log.error("request %s is passed over: %s", id_, failure)
        return None


def get_request(id_: str, ports: Ports) -> Request:
    """Return a request. Raises NotFound if there is none of that id."""
    request = ports.state.requests.read(id_) if is_id(id_) else Request()
    if request.at is None:
        raise NotFound(f"there is no request {quoted(id_)}.")
    return expire_request(request, ports.clock.now())
