"""Requests of people: how far each has come."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.api.handler import ApiRequest, Operation, PathParameter
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import STRICT_INPUT, NoInput, TargetText
from shared.api.views import RequestView, View
from shared.domain.requests import Request
from shared.ports import Ports
from shared.workflows.certificate_requests import get_status, with_states
from shared.workflows.requests import find_requests


class RequestsQuery(BaseModel):
    """Which requests to list."""

    model_config = STRICT_INPUT
    target: TargetText | None = None
    """Only those for this object, such as `certificate/NAME` or `client/ID`, whether or not the inventory still has
    it."""
    limit: Annotated[int, Field(ge=0, le=100)] = 20
    """At most so many that have ended. Open ones are always all listed."""


class RequestsView(View):
    """Requests, open ones and those that have ended."""

    open: tuple[RequestView, ...]
    """Every one that is still to be worked on, the oldest first."""
    ended: tuple[RequestView, ...]
    """The latest first; at most as many as `limit` says."""


def follow(submitted: Request, ports: Ports) -> HttpResponse:
    """Respond with the URL by which the progress of a submitted request can be followed."""
    request, state = get_status(submitted.id, ports)
    return json_response(RequestView.of(request, state), 202, f"/api/requests/{request.id}")


def show_request(call: ApiRequest) -> HttpResponse:
    return json_response(RequestView.of(*get_status(call.path["id"], call.ports())))


def list_requests(call: ApiRequest[NoInput, RequestsQuery]) -> HttpResponse:
    ports = call.ports()
    going_on, ended = find_requests(call.query.target, call.query.limit, ports)
    return json_response(
        RequestsView(
            open=tuple(RequestView.of(request, state) for request, state in with_states(going_on, ports)),
            ended=tuple(RequestView.of(request, state) for request, state in with_states(ended, ports)),
        )
    )


REQUEST_OPERATIONS = (
    Operation(
        id="list_requests",
        method="GET",
        path="requests",
        summary="Open requests, and the latest that have ended",
        description="Reads storage only. `limit` is about those that have ended; open ones are always all listed.",
        role="reader",
        run=list_requests,
        query=RequestsQuery,
        responses={200: RequestsView},
    ),
    Operation(
        id="show_request",
        method="GET",
        path="requests/{id}",
        summary="A request and its progress",
        description="Reads storage only, so it may be polled every few seconds. A request can be read for at least a "
        "week; its outcome stays in the history.",
        role="reader",
        run=show_request,
        responses={200: RequestView},
        parameters={"id": PathParameter("A request's `id`, as in `Location`.", r"^\d{8}T\d{6}Z-[0-9a-f]{8}$")},
        problems=(ProblemKind.UNKNOWN,),
    ),
)
