"""Pauses: keep everything in a scope unchanged for a while."""

from shared.api.handler import ApiRequest, Operation, PathParameter
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import Moment, NoInput, TargetText, WithReason
from shared.api.views import PauseView, View
from shared.workflows import pauses
from shared.workflows.pauses import active_pauses


class PauseInput(WithReason):
    """Change nothing in `scope` before `until`. Alerts continue."""

    scope: TargetText
    """`all`: nothing at all is written. `certificate/NAME`, `client/ID`: nothing of it is. `issuer/NAME`: nothing is
    ordered there; what is stored is delivered. `cluster/NAME`, `relay/NAME`: nothing is delivered there, not even a
    rollback; a paused cluster may be unreachable without an alert. Names are the inventory's."""
    until: Moment
    """A later moment: RFC 3339 with an offset, or a date, which is its first moment in UTC."""


class PausesView(View):
    """The pauses in force. Pauses that have ended are in the history only."""

    pauses: tuple[PauseView, ...]


def list_pauses(call: ApiRequest) -> HttpResponse:
    return json_response(PausesView(pauses=tuple(map(PauseView.of, active_pauses(call.ports())))))


def begin_pause(call: ApiRequest[PauseInput]) -> HttpResponse:
    body = call.body
    pause = pauses.pause(body.scope, body.until, call.trigger, call.ports())
    return json_response(PauseView.of(pause), 201, f"/api/pauses/{pause.id}")


def end_pause(call: ApiRequest[NoInput, WithReason]) -> HttpResponse:
    return json_response(PauseView.of(pauses.resume(call.path["id"], call.trigger, call.ports())))


PAUSE_OPERATIONS = (
    Operation(
        id="list_pauses",
        method="GET",
        path="pauses",
        summary="The pauses in force",
        description="Each with the `id` by which it can be ended.",
        role="reader",
        run=list_pauses,
        responses={200: PausesView},
    ),
    Operation(
        id="pause",
        method="POST",
        path="pauses",
        summary="Change nothing in a scope for a while; alerts continue",
        description="In force from the response on: a worker that is changing something there stops before its next "
        "effect. It ends by itself at `until`. Pauses may overlap; each holds on its own. 404: the inventory has "
        "nothing of that name. 409: `until` is in the past.",
        role="operator",
        run=begin_pause,
        body=PauseInput,
        responses={201: PauseView},
        problems=(ProblemKind.UNKNOWN, ProblemKind.REFUSED),
    ),
    Operation(
        id="resume",
        method="DELETE",
        path="pauses/{id}",
        summary="End a pause before its time",
        description="Responds with the pause that has ended. Work on the certificates and clients that it held starts "
        "again, 20 seconds apart and all within half an hour; other pauses of the same scope still hold.",
        role="operator",
        run=end_pause,
        query=WithReason,
        responses={200: PauseView},
        parameters={"id": PathParameter("The `id` of a pause in force, as listed.", "^[0-9a-f]{12}$")},
        problems=(ProblemKind.UNKNOWN,),
    ),
)
