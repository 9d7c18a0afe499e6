"""Ask for a look at every certificate."""

from shared.domain.message import Message
from shared.errors import PermanentError, TransientError
from shared.ports import Ports


def look_at_all(correlation: str, ports: Ports) -> None:
    """Send one message per certificate of the inventory; raise the first failure once all were tried."""
    failures: list[TransientError | PermanentError] = []
    for certificate in ports.inventory.certificates:
        try:
            ports.queue.send(Message(certificate, correlation))
        except (TransientError, PermanentError) as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
