"""The plan: what the next tick would do."""

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.views import View
from shared.domain.assessment import Finding, FindingReason
from shared.workflows.plan import Planned, plan


class FindingView(View):
    """One thing that a tick would do, or leave, and why."""

    reason: FindingReason
    """For programs; docs/reasons.md has them all."""
    message: str
    place: str
    """`relay@cluster`; empty if it is about the certificate as a whole."""

    @classmethod
    def of(cls, finding: Finding) -> "FindingView":
        place = str(finding.place) if finding.place is not None else ""
        return cls(reason=finding.reason, message=finding.message, place=place)


class PlannedView(View):
    """What the next tick would do for a certificate."""

    certificate: str
    verdict: str
    """Why a new version is to be issued, or why not."""
    todo: tuple[FindingView, ...]
    """What would be done, and why."""
    held: tuple[FindingView, ...]
    """What keeps it from more."""
    would_do: tuple[FindingView, ...]
    """What would be done if it were not only observed."""
    error: str
    """Why it, or its public endpoints, could not be observed; empty if all could."""

    @classmethod
    def of(cls, planned: Planned) -> "PlannedView":
        return cls(
            certificate=planned.certificate,
            verdict=planned.verdict,
            todo=tuple(map(FindingView.of, planned.todo)),
            held=tuple(map(FindingView.of, planned.held)),
            would_do=tuple(map(FindingView.of, planned.would_do)),
            error=planned.error,
        )


class PlanView(View):
    """What the next tick would do. Nothing was changed to find out."""

    certificates: tuple[PlannedView, ...]


def show_plan(call: ApiRequest) -> HttpResponse:
    return json_response(PlanView(certificates=tuple(map(PlannedView.of, plan(call.ports())))))


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
