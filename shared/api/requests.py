"""What people asked for, and how far it has come."""

from shared.api.exchange import Answer, told
from shared.api.fields import Nothing
from shared.api.operation import Asked
from shared.api.people import RequestView
from shared.domain.requests import Request
from shared.ports import Ports
from shared.workflows.ask import ask, follow


def asked_for(wish: Request, ports: Ports) -> Answer:
    """Ask, and say where to follow what comes of it."""
    request, state = follow(ask(wish, ports).id, ports)
    return told(RequestView.of(request, state), 202, f"/api/requests/{request.id}")


def show_request(asked: Asked[Nothing, Nothing]) -> Answer:
    request, state = follow(asked.path["id"], asked.ports())
    return told(RequestView.of(request, state))
