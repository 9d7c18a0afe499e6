"""The plan: what the next tick would do."""

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.views import View
from shared.workflows.plan import plan


class PlannedView(View):
    """What the next tick would do for a certificate."""

    certificate: str
    verdict: str
    """Why a new version is to be issued, or why not."""
    todo: tuple[str, ...]
    """What would be done, and why."""
    held: tuple[str, ...]
    """What keeps it from more."""
    would_do: tuple[str, ...]
    """What would be done if it were not only observed."""
    error: str
    """Why it, or its public endpoints, could not be observed; empty if all could."""


class PlanView(View):
    """What the next tick would do. Nothing was changed to find out."""

    certificates: tuple[PlannedView, ...]


def show_plan(call: ApiRequest) -> HttpResponse:
    return json_response(PlanView(certificates=tuple(map(PlannedView.model_validate, plan(call.ports())))))


PLAN_OPERATIONS = (
    Operation(
        id="show_plan",
        method="GET",
        path="plan",
        summary="What the next tick would do, and what keeps it from more; nothing is changed",
        description="Observes as a tick does, vaults, clusters and replicas, and returns what it would do. The "
        "authority is not asked.",
        role="reader",
        run=show_plan,
        responses={200: PlanView},
    ),
)
