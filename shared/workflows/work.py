"""Which workflow a message of the queue is for."""

from shared.domain.message import Message
from shared.errors import PermanentError
from shared.ports import Ports
from shared.workflows.on_board import on_board, record_client_crash
from shared.workflows.renew import record_crash, renew


def work(message: Message, ports: Ports) -> None:
    """Bring the object that a message is about to what the inventory wants. Raises what its workflow raises."""
    match message.target.kind:
        case "certificate":
            renew(message, ports)
        case "client":
            on_board(message, ports)
        case _:
            raise no_such_work(message)


def give_up(message: Message, ports: Ports) -> None:
    """Record that processing a message failed again and again; the next tick tries again."""
    match message.target.kind:
        case "certificate":
            record_crash(message, ports)
        case "client":
            record_client_crash(message, ports)
        case _:
            raise no_such_work(message)


def no_such_work(message: Message) -> PermanentError:
    return PermanentError(
        f"nothing is done for a message about {message.target}: it is neither a certificate nor a client"
    )
