"""What people may ask for about a certificate: whether it can be done, and how far it has come."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from shared.domain.certificate_requests import apply_request, rollback_refusal
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.certificates.vault_tags import ownership_refusal
from shared.domain.journal import Journal
from shared.domain.object_ref import ObjectRef
from shared.domain.quarantine import earlier_versions
from shared.domain.requests import Request, RequestState, state_of
from shared.errors import JournalUnreadable, NotAllowed, PermanentError, TransientError
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.suggestions import named
from shared.workflows.observe import usable_version
from shared.workflows.requests import get_request, require_mode_manage, submit

log = logging.getLogger("relaykeeper.requests")


def submit_for_certificate(wanted: Request, ports: Ports) -> Request:
    """Put a request about a certificate into the queue, as `submit` does.

    Raises NotFound for a certificate that is not in the inventory, NotAllowed for one that is only observed.
    """
    certificate = require_managed(wanted.target, ports)
    return submit(wanted, lambda request, others: prepare_request(request, others, certificate, ports), ports)


def require_managed(target: ObjectRef, ports: Ports) -> Certificate:
    certificate = named("certificate", target.name, ports.inventory.certificates)
    require_mode_manage(certificate)
    return certificate


def prepare_request(request: Request, others: Sequence[Request], certificate: Certificate, ports: Ports) -> Request:
    """Return the request with the newest version as its baseline; `others` are open for the same certificate.

    Raises NotAllowed for what a worker would refuse as things stand.
    """
    try:
        stored = ports.vault.latest(certificate)
        request = replace(request, baseline=stored.version if stored is not None else None)
        journal = None if others else read_journal_or_none(certificate, ports)
        why = why_impossible(request, certificate, stored, journal, ports)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s; the worker finds out whether it can be done", certificate.name, failure)
        return request
    if why is not None:
        raise NotAllowed(why)
    return request


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


def get_status(id_: str, ports: Ports) -> tuple[Request, RequestState]:
    """Return a request and how far it has come. Raises NotFound if there is none of that id."""
    [status] = with_states([get_request(id_, ports)], ports)
    return status


def with_states(requests: Sequence[Request], ports: Ports) -> list[tuple[Request, RequestState]]:
    """Return each request and how far it has come; a certificate's journal is read once at most."""
    issuing = cache(lambda target: is_issuing(target, ports))
    return [(request, state_of(request, request.open and issuing(request.target))) for request in requests]


def is_issuing(target: ObjectRef, ports: Ports) -> bool:
    """Say whether the target is a certificate that is being issued; False where its journal cannot be read."""
    if target.kind != "certificate":
        return False
    try:
        journal = ports.state.certificates.read(target.name)
    except JournalUnreadable as failure:
        log.error("%s", failure)
        return False
    return journal.issuance is not None or journal.forced_renewal is not None
