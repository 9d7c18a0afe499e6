"""Ask for a look at every certificate and client."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.object_ref import ObjectRef, certificate_ref, client_ref
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.ports import Ports
from shared.workflows.enqueue import enqueue
from shared.workflows.issuing.issue import is_orphaned
from shared.workflows.requests import open_requests
from shared.workflows.timers import record_timer


def tick_by_timer(correlation: str, ports: Ports) -> None:
    """Write down that the timer ticks, and tick."""
    record_timer(ports)
    enqueue_all(correlation, ports)


def enqueue_all(correlation: str, ports: Ports) -> int:
    """Send one message per certificate and client of the inventory, and per certificate that left it while it was being
    issued. Probe clients come last, so that they prove what the others have just written.

    An open request is sent again: its message may be lost, or what held it may be over. Return how many were sent;
    raises the first failure once all were tried.
    """
    failures: list[TransientError | PermanentError] = []
    asked_for: set[ObjectRef] = set()

    def ask(target: ObjectRef, request: str | None = None) -> None:
        asked_for.add(target)
        with collect_errors(failures):
            enqueue(target, correlation, ports, request=request)

    sent = 0
    with collect_errors(failures):
        for request in open_requests(ports):
            sent += 1
            ask(request.target, request.id)
    clients = (client_ref(client.name) for client in ports.inventory.clients_probes_last())
    for target in (*map(certificate_ref, ports.inventory.certificates), *clients):
        if target not in asked_for:
            sent += 1
            ask(target)
    with collect_errors(failures):
        for name in ports.state.certificates.names():
            with collect_errors(failures):
                if is_orphaned(name, ports):
                    sent += 1
                    ask(certificate_ref(name))
    if failures:
        raise failures[0]
    return sent


@contextmanager
def collect_errors(failures: list[TransientError | PermanentError]) -> Iterator[None]:
    try:
        with guard("asking for a look at every object"):
            yield
    except (TransientError, PermanentError) as failure:
        failures.append(failure)
