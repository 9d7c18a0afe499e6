"""The plan: what the next tick would do."""

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, json_response
from shared.api.views import View
from shared.domain.assessment import Finding, FindingReason
from shared.domain.client_assessment import ClientFinding, ClientFindingReason
from shared.workflows.client_plan import PlannedClient
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


class ClientFindingView(View):
    """One thing that a tick would do for a client, or leave, and why."""

    reason: ClientFindingReason
    """For programs; docs/reasons.md has them all."""
    message: str
    place: str
    """`relay@cluster`; empty if it is about the client as a whole."""

    @classmethod
    def of(cls, finding: ClientFinding) -> "ClientFindingView":
        place = str(finding.place) if finding.place is not None else ""
        return cls(reason=finding.reason, message=finding.message, place=place)


class PlannedClientView(View):
    """What the next tick would do for a client."""

    client: str
    """Its ID."""
    todo: tuple[ClientFindingView, ...]
    """What would be done, and why."""
    held: tuple[ClientFindingView, ...]
    """What keeps it from more."""
    would_do: tuple[ClientFindingView, ...]
    """What would be done if it were not only observed."""
    error: str
    """Why it could not be observed; empty if it could."""

    @classmethod
    def of(cls, planned: PlannedClient) -> "PlannedClientView":
        return cls(
            client=planned.client,
            todo=tuple(map(ClientFindingView.of, planned.todo)),
            held=tuple(map(ClientFindingView.of, planned.held)),
            would_do=tuple(map(ClientFindingView.of, planned.would_do)),
            error=planned.error,
        )


class PlanView(View):
    """What the next tick would do. Nothing was changed to find out."""

    certificates: tuple[PlannedView, ...]
    clients: tuple[PlannedClientView, ...]
    """Those of the inventory, in the order in which a tick takes them."""
    loss: str | None
    """That the inventory lost several clients at once, and which, or that this could not be read: until that is
    confirmed, or known, no client is changed. Null if it lost none."""


def show_plan(call: ApiRequest) -> HttpResponse:
    planned = plan(call.ports())
    return json_response(
        PlanView(
            certificates=tuple(map(PlannedView.of, planned.certificates)),
            clients=tuple(map(PlannedClientView.of, planned.clients)),
            loss=planned.loss,
        )
    )


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
