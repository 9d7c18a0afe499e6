"""Ask for a look at every certificate."""

from shared.domain.message import Message
from shared.ports import Ports


def look_at_all(correlation: str, ports: Ports) -> None:
    """Send one message per certificate of the inventory."""
    for certificate in ports.inventory.certificates:
        ports.queue.send(Message(certificate, correlation))
