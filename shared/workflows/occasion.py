"""On whose behalf a message is worked on."""

from dataclasses import replace

from shared.domain.message import Message
from shared.domain.requests import Request, is_id
from shared.ports import Ports


def open_request(message: Message, ports: Ports) -> Request | None:
    """Return the person's request that a message carries; None once that has ended."""
    if message.request is None or not is_id(message.request):
        return None
    request = ports.requests.read(message.request)
    return request if request.open and request.certificate == message.certificate else None


def on_behalf_of(request: Request | None, message: Message, ports: Ports) -> Ports:
    """Return the ports as they are used for a person, or for the timer."""
    occasion = request.occasion if request is not None else replace(ports.occasion, correlation=message.correlation)
    return replace(ports, occasion=occasion)
