"""The alerts that the last watch found, and a test alert down every route."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.parsing import WithReason
from shared.api.views import View
from shared.domain.alerting.alert import RANKS, Alert, runbook_url
from shared.domain.alerting.notification import WatchJournal, routes_told
from shared.workflows.watch import ALERTS, send_test_alert

RUNBOOK = "docs/runbook.md"


class ToldRouteView(View):
    """A route that knows the alert, with its present severity."""

    route: str
    """Its name in the inventory."""
    at: datetime
    """When it was told last: of the alert as new, or by a reminder."""


class AlertView(View):
    """One alert, as the last watch found it."""

    name: str
    """As in docs/runbook.md, such as `CertificateExpiring`."""
    state: Literal["firing", "pending"]
    """`firing`: routes are told. `pending`: it was found, and fires if it lasts: a healthy renewal looks unhealthy for
    a while."""
    severity: Literal["warning", "critical"]
    """`warning` or `critical`: by the remaining lifetime of what is served, as docs/runbook.md says."""
    page: bool
    """Critical, and somebody is to be woken."""
    object: str
    """What it is about: `certificate/NAME`, `client/ID`, `relay/NAME`, `cluster/NAME`, `vault/NAME`, `route/NAME`, or
    `self`, which is Relaykeeper."""
    place: str | None
    """`relay@cluster` where it was found, or the relay alone if it concerns the whole of it; null if it was found at
    no relay."""
    since: datetime
    """When it was first found."""
    summary: str
    """What it is about, on one short line."""
    message: str
    """All of it, as receivers get it."""
    reason: str
    """The machine reason of what it reports, as in docs/reasons.md; empty if that has none."""
    runbook: str
    """Where its entry in the runbook is: below the URL that the inventory names (`alerts.runbook`), else in this
    project's `docs/runbook.md`."""
    told: tuple[ToldRouteView, ...]
    """The routes that know it, by name; empty while it is pending, or if no route took it yet."""


class AlertsView(View):
    """The alerts that the last watch found."""

    at: datetime | None
    """When the last watch was; null if there was none yet. It is made every ten minutes unless configured otherwise."""
    alerts: tuple[AlertView, ...]
    """Those that fire first, the most urgent first, then by when they were first found."""


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


def list_alerts(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    journal = ports.state.watch.read(ALERTS)
    known = {alert.key for alert in journal.firing}
    pending = [alert for alert in journal.conditions if alert.key not in known]
    alerts = [*most_urgent_first(journal.firing), *most_urgent_first(pending)]
    views = tuple(alert_view(alert, journal, ports.inventory.alerts.runbook) for alert in alerts)
    return json_response(AlertsView(at=journal.at, alerts=views))


def most_urgent_first(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (-RANKS.index(alert.urgency), alert.since, alert.name))


def alert_view(alert: Alert, journal: WatchJournal, runbook: str | None) -> AlertView:
    told = sorted(routes_told(alert, journal).items())
    return AlertView(
        name=alert.name,
        state="firing" if alert in journal.firing else "pending",
        severity=alert.severity,
        page=alert.urgency == "page",
        object=str(alert.object),
        place=alert.where or None,
        since=alert.since,
        summary=alert.summary,
        message=alert.message,
        reason=alert.reason,
        runbook=runbook_url(alert, runbook or RUNBOOK),
        told=tuple(ToldRouteView(route=route, at=at) for route, at in told),
    )


def test_all_routes(call: ApiRequest[WithReason]) -> HttpResponse:
    results = (
        RouteTestView(route=each.route, kind=each.kind, taken=each.error is None, error=each.error)
        for each in send_test_alert(call.trigger, call.ports())
    )
    return json_response(AlertTestView(routes=tuple(results)))


ALERT_OPERATIONS = (
    Operation(
        id="list_alerts",
        method="GET",
        path="alerts",
        summary="The alerts that the last watch found, and which routes were told",
        description="Reads storage only: nothing is observed now. Alerts that are over are not listed; what was wrong "
        "and is repaired stays until the next watch has seen it.",
        role="reader",
        run=list_alerts,
        responses={200: AlertsView},
    ),
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
