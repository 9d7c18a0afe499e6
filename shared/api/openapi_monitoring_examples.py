"""Examples for the OpenAPI document: alerts, a test of their routes, health and metrics."""

from datetime import UTC, datetime

from shared.api.alerts import AlertsView, AlertTestView, AlertView, RouteTestView, ToldRouteView
from shared.api.health import HealthView, PartView, StateView
from shared.version import RELEASE

WATCHED_AT = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)

ALERTS = AlertsView(
    at=WATCHED_AT,
    alerts=(
        AlertView(
            name="ClientNotAccepted",
            state="firing",
            severity="warning",
            page=False,
            object="client/pcol-prod",
            place="prod@ss-prod-01",
            since=datetime(2026, 11, 22, 11, 20, tzinfo=UTC),
            summary="ClientNotAccepted: client/pcol-prod at prod@ss-prod-01",
            message="client pcol-prod at prod@ss-prod-01: the clients' Secret does not have its file",
            reason="ClientFileMissing",
            runbook="https://example.net/runbook#clientnotaccepted",
            told=(ToldRouteView(route="on-call", at=datetime(2026, 11, 22, 11, 50, tzinfo=UTC)),),
        ),
    ),
)
AGES = {"tick_age_seconds": 1260, "watch_age_seconds": 130}
HEALTH = HealthView(
    status="degraded",
    release=RELEASE,
    **AGES,
    parts=(
        PartView(name="storage", status="ok", message="answers", needed_by=("everything",)),
        PartView(
            name="cluster ss-prod-01",
            status="degraded",
            message="could not be read by the last watch; /api/certificates or /api/clients says why",
            needed_by=("relay prod",),
        ),
    ),
)
STATE = StateView(status="ok", release=RELEASE, **AGES)
STATE_DEGRADED = StateView(status="degraded", release=RELEASE, **AGES)
ALERT_TEST = AlertTestView(
    routes=(
        RouteTestView(route="on-call", kind="alertmanager", taken=True, error=None),
        RouteTestView(route="slack", kind="slack", taken=False, error="cannot tell slack: ConnectTimeout"),
    )
)
METRICS = """# HELP relaykeeper_build_info Which release this is; always 1.
# TYPE relaykeeper_build_info gauge
relaykeeper_build_info{version="0.1.0"} 1
"""
