"""The plan of an inventory that is not deployed yet, for a pull request."""

from threading import BoundedSemaphore
from typing import Literal

from pydantic import BaseModel, Field

from shared.api.handler import ApiRequest, Operation
from shared.api.http import FieldError, HttpProblem, HttpResponse, ProblemKind, json_response
from shared.api.parsing import STRICT_INPUT
from shared.api.views import View
from shared.domain.assessment import Finding, FindingReason
from shared.domain.client_assessment import ClientFinding, ClientFindingReason
from shared.domain.inventory_changes import ObjectKind
from shared.errors import ConfigError
from shared.ports import Ports
from shared.text import counted
from shared.workflows.inventory_plan import LOOKING_TIME, ForeignAddresses, InventoryPlan, plan_inventory

LARGEST_INVENTORY = 512 * 1024
"""Bytes of the body, in which line ends and quotes are escaped."""

ONE_AT_A_TIME = BoundedSemaphore(1)
"""In each process of the app: a plan looks at many places, and every reader may ask for it."""


class InventoryText(BaseModel):
    """An inventory that is not deployed."""

    model_config = STRICT_INPUT
    inventory: str = Field(min_length=1)
    """The text of its file."""


class FieldChangeView(View):
    """A field that differs."""

    field: str
    """Its name in the inventory."""
    added: tuple[str, ...]
    """What it has and had not: items of a list, or the value."""
    removed: tuple[str, ...]
    """What it had and has not."""


class DifferenceView(View):
    """An object that differs from the deployed inventory's of that name."""

    kind: ObjectKind
    """`certificate`, `client`, `relay`, `cluster`, `issuer` or `zone`; `everything`: freezes and alerts."""
    name: str
    """Empty for `everything`."""
    change: Literal["added", "removed", "changed"]
    """`added`: it is new; `removed`: it is gone, and nothing of it is changed any more; `changed`: see `fields`."""
    fields: tuple[FieldChangeView, ...]


class AnyFindingView(View):
    """One thing that a tick would do, or leave, and why."""

    reason: FindingReason | ClientFindingReason
    """For programs; docs/reasons.md has them all."""
    message: str
    place: str
    """`relay@cluster`; empty if it is about the object as a whole."""


class PlannedChangeView(View):
    """What deploying the inventory would do for one object, beside what a tick does already."""

    kind: Literal["certificate", "client"]
    """`certificate` or `client`."""
    name: str
    orders: bool
    """Whether a new version is ordered, or a client's password made."""
    relays: int
    """To how many relays something is brought."""
    restarts: int
    """In how many places the workload is restarted in any case (`reload: restart`)."""
    new_places: tuple[str, ...]
    """`relay@cluster` that the deployed inventory does not have, or has with another workload, port or Secret: they are
    not looked at."""
    todo: tuple[AnyFindingView, ...]
    """What would be done besides, as far as it can be seen."""
    held: tuple[AnyFindingView, ...]
    """What would be held back."""
    error: str
    """Why it could not be looked at; empty if it could."""


class InventoryPlanView(View):
    """What differs in an inventory from the deployed one, and what comes of it. Nothing was changed to find out."""

    does_something: bool
    """Whether anything would be done."""
    differences: tuple[DifferenceView, ...]
    changes: tuple[PlannedChangeView, ...]
    """Of the certificates and clients that differ, or whose relays do."""
    loss: str | None
    """That it lacks several clients that relays accept: until that is confirmed no client is changed. Null if not."""

    @classmethod
    def of(cls, plan: InventoryPlan) -> "InventoryPlanView":
        changes = tuple(
            PlannedChangeView(
                kind=each.kind,
                name=each.name,
                orders=each.orders,
                relays=each.relays,
                restarts=each.restarts,
                new_places=each.new_places,
                todo=tuple(map(finding_view, each.todo)),
                held=tuple(map(finding_view, each.held)),
                error=each.error,
            )
            for each in plan.changes
        )
        differences = tuple(map(DifferenceView.model_validate, plan.differences))
        return cls(does_something=plan.does_something, differences=differences, changes=changes, loss=plan.loss)


def finding_view(finding: Finding | ClientFinding) -> AnyFindingView:
    place = str(finding.place) if finding.place is not None else ""
    return AnyFindingView(reason=finding.reason, message=finding.message, place=place)


def show_inventory_plan(call: ApiRequest[InventoryText]) -> HttpResponse:
    if not ONE_AT_A_TIME.acquire(blocking=False):
        raise HttpProblem(
            ProblemKind.TOO_MANY, "another inventory is being planned; one is at a time", retry_after=LOOKING_TIME / 6
        )
    try:
        return json_response(InventoryPlanView.of(plan_or_problem(call.body.inventory, call.ports())))
    finally:
        ONE_AT_A_TIME.release()


def plan_or_problem(text: str, ports: Ports) -> InventoryPlan:
    try:
        return plan_inventory(text, ports)
    except ConfigError as wrong:
        raise invalid_inventory(wrong) from None
    except ForeignAddresses as foreign:
        raise refused_addresses(foreign) from None


def invalid_inventory(wrong: ConfigError) -> HttpProblem:
    errors = tuple(
        FieldError(
            detail=each.message if each.line is None else f"line {each.line}: {each.message}",
            pointer="#/inventory",
            parameter=each.path,
        )
        for each in wrong.problems
    )
    return HttpProblem(ProblemKind.INVALID, f"the inventory has {counted(len(errors), 'problem')}", errors=errors)


def refused_addresses(foreign: ForeignAddresses) -> HttpProblem:
    detail = "is an address that the deployed inventory does not have there"
    errors = tuple(FieldError(detail=detail, pointer="#/inventory", parameter=each.path) for each in foreign.addresses)
    return HttpProblem(ProblemKind.REFUSED, str(foreign), errors=errors)


INVENTORY_PLAN_OPERATIONS = (
    Operation(
        id="plan_inventory",
        method="POST",
        path="plans",
        summary="What an inventory that is not deployed would change; nothing is changed",
        description="For pull requests. Every address in it must be the deployed inventory's under the same name, else "
        "it is refused (409) with all that are not. What the deployed inventory does not name is not looked at: no new "
        "relay, Secret or password. One plan at a time.",
        role="reader",
        run=show_inventory_plan,
        body=InventoryText,
        largest_body=LARGEST_INVENTORY,
        responses={200: InventoryPlanView},
        problems=(ProblemKind.REFUSED, ProblemKind.TOO_MANY),
    ),
)
