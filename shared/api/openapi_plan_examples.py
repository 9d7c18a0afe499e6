"""Examples for the OpenAPI document: a tick, and plans."""

from datetime import UTC, datetime

from shared.api.inventory_plan import (
    AnyFindingView,
    DifferenceView,
    FieldChangeView,
    InventoryPlanView,
    PlannedChangeView,
)
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
INVENTORY = f"""vaults:
  prod: {{url: https://example.vault.azure.net}}
certificates:
  {NAME}: {{vault: prod, issuer: self-signed, dns_names: [mail.example.net, smtp.example.net]}}
"""
INVENTORY_PLAN = InventoryPlanView(
    does_something=True,
    differences=(
        DifferenceView(
            kind="certificate",
            name=NAME,
            change="changed",
            fields=(FieldChangeView(field="dns_names", added=("smtp.example.net",), removed=()),),
        ),
    ),
    changes=(
        PlannedChangeView(
            kind="certificate",
            name=NAME,
            orders=True,
            relays=2,
            restarts=0,
            new_places=(),
            todo=(
                AnyFindingView(
                    reason="DueByNames",
                    message="due: names wanted that the stored version lacks: smtp.example.net",
                    place="",
                ),
            ),
            held=(),
            error="",
        ),
    ),
    loss=None,
)
