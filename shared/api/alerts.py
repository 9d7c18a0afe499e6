"""A test alert down every route."""

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.parsing import WithReason
from shared.api.views import View
from shared.workflows.watch import send_test_alert


class RouteTestView(View):
    """The result of sending the test alert down one route."""

    route: str
    """Its name in the inventory."""
    kind: str
    """The kind of receiver, as in the inventory: `alertmanager`, `slack`, `teams` or `webhook`."""
    taken: bool
    """Every one of its URLs accepted the alert."""
    error: str | None
    """Why it, or one of its URLs, did not accept the alert; null if all did."""


class AlertTestView(View):
    """The result for every route of the inventory. The status is 200 even if some, or all, failed."""

    routes: tuple[RouteTestView, ...]


def test_all_routes(call: ApiRequest[WithReason]) -> HttpResponse:
    results = (
        RouteTestView(route=each.route, kind=each.kind, taken=each.error is None, error=each.error)
        for each in send_test_alert(call.trigger, call.ports())
    )
    return json_response(AlertTestView(routes=tuple(results)))


ALERT_OPERATIONS = (
    Operation(
        id="send_test_alert",
        method="POST",
        path="alerts/test",
        summary="Send a marked test alert down every route, and return what each answered",
        description="Sends at once, to people: the alert says TEST, who asked and why, and fires for five minutes at "
        "receivers where alerts end by themselves. Each route gets it, whatever its filter. The history is written "
        "first.",
        role="operator",
        run=test_all_routes,
        body=WithReason,
        responses={200: AlertTestView},
    ),
)
