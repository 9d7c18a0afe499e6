"""Ask for something on a person's behalf, and follow what comes of it."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from shared.domain.certificates import Version
from shared.domain.inventory import Certificate
from shared.domain.journal import LONGEST_DELAY, Journal
from shared.domain.near import named
from shared.domain.requests import WAITS_FOR_A_WORKER, Request, State, asked_at, given_up, id_at, is_id, state_of
from shared.errors import JournalUnreadable, LeaseTaken, PermanentError, Refused, TransientError, Unforeseen, Unknown
from shared.ports import Ports
from shared.workflows.chronicle import Deed, record_of
from shared.workflows.enqueue import enqueue

log = logging.getLogger("relaykeeper.requests")


def ask(wish: Request, ports: Ports) -> Request:
    """Put a request into the queue, unless one that is under way covers it: then that one is returned.

    Raises Unknown for a certificate that is not in the inventory, Refused for one that is only observed.
    """
    certificate = known(wish, ports)
    now = ports.clock.now()
    joined = joinable(wish, under_way(ports))
    occasion = ports.occasion
    request = joined or replace(
        wish,
        id=id_at(now, uuid4().hex[:8]),
        actor=occasion.actor,
        reason=occasion.reason,
        correlation=occasion.correlation,
        at=now,
        words=WAITS_FOR_A_WORKER,
        replaces=newest_version(certificate, ports),
    )
    outcome = f"{wish.kind} asked for: {'joins ' if joined else ''}{request.id}"
    ports.history.append(record_of(Deed("request", outcome, wish.certificate), ports))
    if joined is None:
        put(request, ports)
    send(request, ports)
    return request


def under_way(ports: Ports) -> list[Request]:
    """Return every request that is still to be worked on, the oldest first; none is as old as messages get.

    One that cannot be read keeps no other from being worked on.
    """
    now = ports.clock.now()
    ended = frozenset(ports.ended.names())
    recent = [id_ for id_ in ports.requests.names() if id_ not in ended and now - asked_at(id_) <= LONGEST_DELAY]
    found = [request for id_ in recent if (request := legible(id_, ports)) is not None and request.open]
    return sorted(found, key=lambda request: request.at or now)


def legible(id_: str, ports: Ports) -> Request | None:
    try:
        return ports.requests.read(id_)
    except (JournalUnreadable, Unforeseen) as failure:
        log.error("request %s is passed over: %s", id_, failure)
        return None


def joinable(wish: Request, others: Sequence[Request]) -> Request | None:
    """Return the request whose outcome is what is wished for: none after which something else was asked for."""
    same = [request for request in others if request.certificate == wish.certificate]
    otherwise = max((number for number, request in enumerate(same) if request.kind != wish.kind), default=-1)
    return next((request for request in same[otherwise + 1 :] if request.covers(wish)), None)


def newest_version(certificate: Certificate, ports: Ports) -> Version | None:
    """Return what a wish is to replace; None where the vault does not say: then the worker finds out."""
    try:
        stored = ports.vault.latest(certificate)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return None
    return stored.version if stored is not None else None


def put(request: Request, ports: Ports) -> None:
    try:
        with ports.requests.lease(request.id) as lease:
            lease.write(request)
    except LeaseTaken as taken:
        raise TransientError(f"somebody else holds the blob of request {request.id}. Ask again.") from taken


def send(request: Request, ports: Ports) -> None:
    """Send the message for a request; where that fails the next tick does."""
    try:
        enqueue(request.certificate, request.correlation, ports, request=request.id)
    except (TransientError, PermanentError) as failure:
        log.error("request %s waits for the next tick: %s", request.id, failure)


def follow(id_: str, ports: Ports) -> tuple[Request, State]:
    """Return a request and how far it has come. Raises Unknown if there is none of that id."""
    request = ports.requests.read(id_) if is_id(id_) else Request()
    if request.at is None:
        raise Unknown(f"there is no request {id_!r}.")
    request = given_up(request, ports.clock.now())
    journal = ports.journals.read(request.certificate) if request.open else Journal()
    return request, state_of(request, journal.issuance is not None or journal.forced is not None)


def known(wish: Request, ports: Ports) -> Certificate:
    certificate = named("certificate", wish.certificate, ports.inventory.certificates)
    if certificate.mode == "observe":
        raise Refused(
            f"{wish.certificate} is only observed: nothing of it is changed. Set mode: manage for it in the inventory."
        )
    return certificate
