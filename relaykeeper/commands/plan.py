"""`plan`: what the next tick would do, or what an inventory that is not deployed yet would change."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import Target

if TYPE_CHECKING:
    from relaykeeper.app.api import Api

CHANGES = 2
"""As Terraform's `-detailed-exitcode`, which pipelines know."""

EXAMPLES = (
    "relaykeeper plan",
    "relaykeeper plan --inventory inventory.yaml",
    "relaykeeper plan --inventory inventory.yaml --format markdown --counts-only > comment.md",
    "relaykeeper plan --inventory inventory.yaml --format json --exit-code",
)


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def plan(
    inventory: Annotated[
        Path | None,
        typer.Option(
            "--inventory",
            metavar="FILE",
            help="What deploying this inventory would change; without it: what the next tick would do.",
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TEXT,  # noqa: A002 its name
    counts_only: Annotated[
        bool, typer.Option("--counts-only", help="Count and name nothing, for comments that strangers can read.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 0 for nothing to do, 2 for changes, 1 for every error.")
    ] = False,
    target: Target = None,
) -> int:
    """Show what the next tick, or another inventory, would do.

    The app looks, and changes nothing; its role reader is enough. Addresses in FILE must be the deployed inventory's:
    what is not deployed is not contacted. RELAYKEEPER_INVENTORY is not read here.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.failures import UsageFailure

    if format is Format.JSON and counts_only:
        raise UsageFailure("--counts-only is for text and Markdown: JSON has every name")
    if inventory is None:
        changes, errors = show_deployed(open_api(target), format, counts_only=counts_only)
    else:
        changes, errors = show_planned(inventory, target, format, counts_only=counts_only)
    sys.stdout.flush()
    if not exit_code:
        return ExitCode.DONE
    if changes:
        return CHANGES
    return ExitCode.NOT_AS_IT_SHOULD_BE if errors else ExitCode.DONE


def show_deployed(api: "Api", format: Format, *, counts_only: bool) -> tuple[bool, bool]:  # noqa: A002 its name
    """Print what the next tick would do; return whether that is anything, and whether something was not looked at."""
    from relaykeeper.looking.deployed_plan_text import all_planned, deployed_as_markdown, deployed_as_text
    from relaykeeper.output import print_json
    from shared.api.plan import PlanView

    answer = api.get("plan")
    found = answer.read(PlanView)
    if format is Format.JSON:
        print_json(answer.document)
    else:
        render = deployed_as_markdown if format is Format.MARKDOWN else deployed_as_text
        print(render(found, counts_only=counts_only))
    return any(each.todo for each in all_planned(found)), any(each.error for each in all_planned(found))


def show_planned(
    inventory: Path,
    target: str | None,
    format: Format,  # noqa: A002 its name
    *,
    counts_only: bool,
) -> tuple[bool, bool]:
    """Print what an inventory would change; return whether that is anything, and whether something was not looked
    at."""
    from relaykeeper.app.api import open_api
    from relaykeeper.app.inputs import read_text
    from relaykeeper.looking.plan_text import as_markdown, as_text
    from shared.api.inventory_plan import InventoryPlanView

    text = read_text(inventory)
    found = open_api(target).post("plans", {"inventory": text}).read(InventoryPlanView)
    if format is Format.JSON:
        print(found.model_dump_json(indent=2))
    else:
        render = as_markdown if format is Format.MARKDOWN else as_text
        print(render(found, counts_only=counts_only))
    return found.does_something, any(each.error for each in found.changes)
