"""Ask for something on a person's behalf, and follow what comes of it."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import uuid4

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import ownership_refusal
from shared.domain.journal import Journal
from shared.domain.object_ref import certificate_ref
from shared.domain.quarantine import earlier_versions
from shared.domain.requests import (
    MAX_OPEN,
    MAX_OPEN_PER_CERTIFICATE,
    QUEUED_MESSAGE,
    Request,
    RequestState,
    apply_request,
    asked_at,
    expire_request,
    id_at,
    is_id,
    may_be_for,
    rollback_refusal,
    state_of,
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
from shared.inventory import Certificate
from shared.ports import Ports
from shared.suggestions import named
from shared.text import quoted
from shared.workflows.audit import audit_record
from shared.workflows.enqueue import enqueue
from shared.workflows.observe import usable_version

log = logging.getLogger("relaykeeper.requests")

RETRY_WHEN_FULL = timedelta(minutes=1)
"""Until a request of those that are open may have ended."""


def submit(wanted: Request, ports: Ports) -> Request:
    """Put a request into the queue, unless one that is under way covers it: then that one is returned.

    Raises NotFound for a certificate that is not in the inventory; NotAllowed for one that is only observed, for what a
    worker would refuse as things stand, and where MAX_OPEN_PER_CERTIFICATE are open for it; TooManyRequests where
    MAX_OPEN are open in all.
    """
    certificate = require_managed(wanted, ports)
    ids = open_ids(ports)
    others = [each for each in read_open(ids, ports, wanted.certificate) if each.certificate == wanted.certificate]
    joined = find_duplicate(wanted, others)
    request = joined or build_request(wanted, certificate, ids, others, ports)
    outcome = f"{wanted.kind} asked for: {'joins ' if joined else ''}{request.id}"
    ports.history.append(audit_record("request", outcome, ports, target=certificate_ref(wanted.certificate)))
    if joined is None:
        save_request(request, ports)
    enqueue_request(request, ports)
    return request


def require_managed(wanted: Request, ports: Ports) -> Certificate:
    certificate = named("certificate", wanted.certificate, ports.inventory.certificates)
    if certificate.mode == "observe":
        raise NotAllowed(
            f"{wanted.certificate} is only observed: nothing of it is changed. "
            "Set mode: manage for it in the inventory."
        )
    return certificate


def find_duplicate(wanted: Request, others: Sequence[Request]) -> Request | None:
    """Return the request whose outcome is what is wanted; none after which something else was requested."""
    same = [request for request in others if request.certificate == wanted.certificate]
    otherwise = max((number for number, request in enumerate(same) if request.kind != wanted.kind), default=-1)
    return next((request for request in same[otherwise + 1 :] if request.covers(wanted)), None)


def build_request(
    wanted: Request, certificate: Certificate, ids: Sequence[str], others: Sequence[Request], ports: Ports
) -> Request:
    """Return the request to be saved for what is `wanted`; `others` are open for the same certificate."""
    require_room(certificate.name, len(others), len(ids))
    now, trigger = ports.clock.now(), ports.trigger
    request = replace(
        wanted,
        id=id_at(now, certificate.name, uuid4().hex[:4]),
        actor=trigger.actor,
        reason=trigger.reason,
        correlation=trigger.correlation,
        at=now,
        message=QUEUED_MESSAGE,
    )
    try:
        stored = ports.vault.latest(certificate)
        request = replace(request, baseline=stored.version if stored is not None else None)
        why = why_impossible(
            request, certificate, stored, None if others else read_journal_or_none(certificate, ports), ports
        )
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s; the worker finds out whether it can be done", certificate.name, failure)
        return request
    if why is not None:
        raise NotAllowed(why)
    return request


def require_room(certificate: str, of_certificate: int, in_all: int) -> None:
    """Raise NotAllowed or TooManyRequests where as many are open as may be."""
    if of_certificate >= MAX_OPEN_PER_CERTIFICATE:
        raise NotAllowed(
            f"{of_certificate} requests for {certificate} are open, and no more are taken: wait until one has ended. "
            f"GET /api/requests?certificate={certificate} lists them."
        )
    if in_all >= MAX_OPEN:
        raise TooManyRequests(
            f"{in_all} requests are open, and no more are taken: ask again when some have ended. "
            "GET /api/requests lists them.",
            RETRY_WHEN_FULL,
        )


def read_journal_or_none(certificate: Certificate, ports: Ports) -> Journal | None:
    """Return the journal; None where it cannot be read: the worker finds out what is in it."""
    try:
        return ports.state.certificates.read(certificate.name)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return None


def why_impossible(
    request: Request, certificate: Certificate, stored: StoredVersion | None, journal: Journal | None, ports: Ports
) -> str | None:
    """Say why a worker would refuse the request for sure; None where it may do it.

    `journal` is None where it is not known, or not to be judged by: an open request may change it before this one's
    turn. Reads one version in the vault at most.
    """
    if (marked := ownership_refusal(certificate, stored)) is not None:
        return marked
    if request.kind == "rollback":
        why = rollback_impossible(request, certificate, stored, journal, ports)
        return f"cannot roll back {certificate.name}: {why}." if why is not None else None
    if request.kind == "release" and journal is not None and not journal.quarantine:
        return f"cannot lift a quarantine of {certificate.name}: none of its versions is in quarantine."
    return None


def rollback_impossible(
    request: Request, certificate: Certificate, stored: StoredVersion | None, journal: Journal | None, ports: Ports
) -> str | None:
    places, newest = ports.inventory.places(certificate.name), stored.version if stored is not None else None
    why = rollback_refusal(journal or Journal(), newest, request, places)
    if why is not None or newest is None:
        return why
    if request.version is not None and usable_version(certificate, request.version, ports) is None:
        return f"version {request.version} has expired, or is gone or disabled in vault {certificate.vault}"
    if journal is None:
        return None
    after = apply_request(journal, request, ports.clock.now())
    ours = [place for place in places if place.relay.sync == "secret"]
    without = [str(place) for place in ours if not earlier_versions(after, place, newest, places)]
    return f"no earlier version is known at {', '.join(without)}: name one with version" if without else None


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
        enqueue(request.certificate, request.correlation, ports, request=request.id)
    except (TransientError, PermanentError) as failure:
        log.error("request %s waits for the next tick: %s", request.id, failure)


def find_requests(certificate: str | None, most_ended: int, ports: Ports) -> tuple[list[Request], list[Request]]:
    """Return the open requests, the oldest first, and at most so many that have ended, the one asked for last first.

    With `certificate` only those for it. Reads few requests more than it returns.
    """
    now = ports.clock.now()
    going_on = [
        each for each in read_open(open_ids(ports), ports, certificate) if certificate in (None, each.certificate)
    ]
    known_open = {each.id for each in going_on}
    ended: list[Request] = []
    for id_ in sorted(ports.state.requests.names(), reverse=True):
        if len(ended) >= most_ended:
            break
        if id_ not in known_open and (certificate is None or may_be_for(id_, certificate)):
            request = read_or_skip(id_, ports)
            if request is not None and not (request := expire_request(request, now)).open and request.at is not None:
                ended += [request] if certificate in (None, request.certificate) else []
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


def read_open(ids: Sequence[str], ports: Ports, certificate: str | None = None) -> list[Request]:
    """Return the open ones of these, the oldest first; with `certificate` only those that may be for it are read."""
    wanted = [id_ for id_ in ids if certificate is None or may_be_for(id_, certificate)]
    found = [request for id_ in wanted if (request := read_or_skip(id_, ports)) is not None and request.open]
    return sorted(found, key=lambda request: request.at or ports.clock.now())


def read_or_skip(id_: str, ports: Ports) -> Request | None:
    try:
        return ports.state.requests.read(id_)
    except (JournalUnreadable, Unforeseen) as failure:
        log.error("request %s is passed over: %s", id_, failure)
        return None


def get_status(id_: str, ports: Ports) -> tuple[Request, RequestState]:
    """Return a request and how far it has come. Raises NotFound if there is none of that id."""
    request = ports.state.requests.read(id_) if is_id(id_) else Request()
    if request.at is None:
        raise NotFound(f"there is no request {quoted(id_)}.")
    request = expire_request(request, ports.clock.now())
    return request, state_of(request, request.open and is_issuing(request.certificate, ports))


def with_states(requests: Sequence[Request], ports: Ports) -> list[tuple[Request, RequestState]]:
    """Return each request and how far it has come; the journal of each certificate is read once at most."""
    issuing = cache(lambda name: is_issuing(name, ports))
    return [(request, state_of(request, request.open and issuing(request.certificate))) for request in requests]


def is_issuing(certificate: str, ports: Ports) -> bool:
    """Say whether the certificate is being issued; False where its journal cannot be read."""
    try:
        journal = ports.state.certificates.read(certificate)
    except JournalUnreadable as failure:
        log.error("%s", failure)
        return False
    return journal.issuance is not None or journal.forced_renewal is not None
