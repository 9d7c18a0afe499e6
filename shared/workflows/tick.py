"""Ask for a look at every certificate."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.ports import Ports
from shared.workflows.ask import under_way
from shared.workflows.enqueue import enqueue
from shared.workflows.left_behind import is_left_behind


def look_at_all(correlation: str, ports: Ports) -> None:
    """Send one message per certificate of the inventory, and per certificate that left it while it was being issued.

    Where a person's request is still open it is asked for again: its message may be lost, or what held it over.

    Raises the first failure once all were tried.
    """
    failures: list[TransientError | PermanentError] = []
    asked_for: set[str] = set()
    with kept_for_later(failures):
        for request in under_way(ports):
            asked_for.add(request.certificate)
            with kept_for_later(failures):
                enqueue(request.certificate, correlation, ports, request=request.id)
    for certificate in ports.inventory.certificates:
        if certificate not in asked_for:
            with kept_for_later(failures):
                enqueue(certificate, correlation, ports)
    with kept_for_later(failures):
        for name in ports.journals.names():
            with kept_for_later(failures):
                if is_left_behind(name, ports):
                    enqueue(name, correlation, ports)
    if failures:
        raise failures[0]


@contextmanager
def kept_for_later(failures: list[TransientError | PermanentError]) -> Iterator[None]:
    try:
        with guard("asking for a look at every certificate"):
            yield
    except (TransientError, PermanentError) as failure:
        failures.append(failure)
