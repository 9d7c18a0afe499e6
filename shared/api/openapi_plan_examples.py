"""Examples for the OpenAPI document: a tick, and plans."""

from datetime import UTC, datetime

from shared.api.openapi_client_examples import PLANNED_CLIENT
from shared.api.plan import FindingView, PlannedView, PlanView
from shared.api.ticks import TickView

NAME = "prod-mailrelay-platform-hmcts-net"

TICK = TickView(at=datetime(2026, 11, 22, 12, tzinfo=UTC), messages=7, silent_timers=("tick",), watch="not needed")
PLAN = PlanView(
    certificates=(
        PlannedView(
            certificate=NAME,
            verdict="valid until 2027-02-20, due 2027-01-21",
            todo=(),
            held=(
                FindingView(
                    reason="HeldByWindow",
                    message="held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",
                    place="prod@ss-prod-01",
                ),
            ),
            would_do=(),
            error="",
        ),
    ),
    clients=(PLANNED_CLIENT,),
    loss=None,
)
