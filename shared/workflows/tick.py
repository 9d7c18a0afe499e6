"""Ask for a look at every certificate and client."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.clients.client_file import client_ref
from shared.domain.object_ref import ObjectRef, certificate_ref
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Inventory
from shared.ports import Ports
from shared.workflows.enqueue import enqueue
from shared.workflows.issuing.issue import is_orphaned
from shared.workflows.requests import open_requests


def enqueue_all(correlation: str, ports: Ports) -> None:
    """Send one message per certificate and client of the inventory, and per certificate that left it while it was being
    issued. Probe clients come last, so that they prove what the others have just written.

    An open request is sent again: its message may be lost, or what held it may be over. Raises the first failure once
    all were tried.
    """
    failures: list[TransientError | PermanentError] = []
    asked_for: set[ObjectRef] = set()
    with collect_errors(failures):
        for request in open_requests(ports):
            asked_for.add(request.target)
            with collect_errors(failures):
                enqueue(request.target, correlation, ports, request=request.id)
    for target in (*map(certificate_ref, ports.inventory.certificates), *clients_in_order(ports.inventory)):
        if target not in asked_for:
            with collect_errors(failures):
                enqueue(target, correlation, ports)
    with collect_errors(failures):
        for name in ports.state.certificates.names():
            with collect_errors(failures):
                if is_orphaned(name, ports):
                    enqueue(certificate_ref(name), correlation, ports)
    if failures:
        raise failures[0]


def clients_in_order(inventory: Inventory) -> tuple[ObjectRef, ...]:
    probes = {relay.probe_client for relay in inventory.relays.values()}
    return tuple(map(client_ref, sorted(inventory.clients, key=lambda name: name in probes)))


@contextmanager
def collect_errors(failures: list[TransientError | PermanentError]) -> Iterator[None]:
    try:
        with guard("asking for a look at every object"):
            yield
    except (TransientError, PermanentError) as failure:
        failures.append(failure)
