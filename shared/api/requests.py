"""What people asked for, and how far it has come."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.api.exchange import Answer, told
from shared.api.fields import LONGEST_CERTIFICATE, SHAPE, Nothing
from shared.api.operation import Asked
from shared.api.people import RequestsView, RequestView
from shared.domain.requests import Request
from shared.ports import Ports
from shared.workflows.requests import find_requests, get_status, submit, with_states


class RequestsQuery(BaseModel):
    """Which requests are wanted."""

    model_config = SHAPE
    certificate: Annotated[str, Field(min_length=1, max_length=LONGEST_CERTIFICATE)] | None = None
    """For this certificate alone, by its name, whether or not the inventory still has it."""
    limit: Annotated[int, Field(ge=0, le=100)] = 20
    """At most so many that have ended, beside all that are open."""


def asked_for(wish: Request, ports: Ports) -> Answer:
    """Ask, and say where to follow what comes of it."""
    request, state = get_status(submit(wish, ports).id, ports)
    return told(RequestView.of(request, state), 202, f"/api/requests/{request.id}")


def show_request(asked: Asked[Nothing, Nothing]) -> Answer:
    request, state = get_status(asked.path["id"], asked.ports())
    return told(RequestView.of(request, state))


def list_requests(asked: Asked[Nothing, RequestsQuery]) -> Answer:
    ports = asked.ports()
    going_on, ended = find_requests(asked.query.certificate, asked.query.limit, ports)
    return told(
        RequestsView(
            open=tuple(RequestView.of(request, state) for request, state in with_states(going_on, ports)),
            ended=tuple(RequestView.of(request, state) for request, state in with_states(ended, ports)),
        )
    )
