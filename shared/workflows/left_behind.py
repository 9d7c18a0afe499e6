"""What a certificate leaves behind that left the inventory while it was being issued."""

from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.errors import PermanentError
from shared.ports import Ports
from shared.workflows.challenges import withdraw
from shared.workflows.key import give_up_key
from shared.workflows.record import written_down


def is_left_behind(name: str, ports: Ports) -> bool:
    """Say whether a journal tells of an issuance that nobody wishes for."""
    return name not in ports.inventory.certificates and ports.journals.read(name).issuance is not None


def refuse_unknown(message: Message, ports: Ports) -> None:
    """Raise PermanentError if there is nothing to do for the certificate: not in the inventory, and not left behind."""
    name = message.certificate
    if name in ports.inventory.certificates or (name in ports.journals.names() and is_left_behind(name, ports)):
        return
    raise PermanentError(f"no certificate {name!r} in the inventory: the message is dropped")


def clear_away(message: Message, ports: Ports) -> None:
    """Withdraw every value that the journal names, discard the pending operation if it is ours, forget the rest."""
    name = message.certificate
    with ports.journals.lease(name) as lease, written_down(message, lease, ports):
        if lease.journal.issuance is not None:
            withdraw(lease, ports)
            give_up_key(name, lease.journal.issuance, lease, ports)
            lease.write(Journal())
