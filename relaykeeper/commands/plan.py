"""`plan`: what the next tick would do, or what an inventory that is not deployed yet would change."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import InventoryFile, Target

CHANGES = 2
"""As Terraform's `-detailed-exitcode`, which pipelines know."""

EXAMPLES = (
    "relaykeeper plan --inventory inventory.yaml",
    "relaykeeper plan --inventory inventory.yaml --format markdown --counts-only > comment.md",
    "relaykeeper plan --inventory inventory.yaml --format json --exit-code",
)


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def plan(
    inventory: InventoryFile = None,
    format: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TEXT,  # noqa: A002 its name
    counts_only: Annotated[
        bool, typer.Option("--counts-only", help="Count and name nothing, for comments that strangers can read.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 0 for nothing to do, 2 for changes, 1 for every error.")
    ] = False,
    target: Target = None,
) -> int:
    """Ask the app what an inventory that is not deployed would change.

    A pipeline cannot reach relays, so the app looks, at what is deployed only: every address in the file must be the
    deployed inventory's. Nothing is changed. The app role reader is enough.
    """
    from relaykeeper.api import open_api
    from relaykeeper.failures import UsageFailure
    from relaykeeper.inputs import find_inventory, read_text
    from relaykeeper.plan_text import as_markdown, as_text
    from shared.api.inventory_plan import InventoryPlanView

    if format is Format.JSON and counts_only:
        raise UsageFailure("--counts-only is for text and Markdown: JSON has every name")
    text = read_text(find_inventory(inventory, target))
    api = open_api(target)
    found = api.post("plans", {"inventory": text}).read(InventoryPlanView)
    if format is Format.JSON:
        print(found.model_dump_json(indent=2))
    else:
        render = as_markdown if format is Format.MARKDOWN else as_text
        print(render(found, counts_only=counts_only))
    sys.stdout.flush()
    if not exit_code:
        return ExitCode.DONE
    if found.does_something:
        return CHANGES
    return ExitCode.NOT_AS_IT_SHOULD_BE if any(each.error for each in found.changes) else ExitCode.DONE
