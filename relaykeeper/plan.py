"""`plan`: what an inventory that is not deployed yet would change, as the app sees it; for a pull request."""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from relaykeeper.command import CANNOT, DONE, PROGRAM, Command
from shared.errors import RelaykeeperError

DESCRIPTION = """\
Ask the app what an inventory would change. A pipeline cannot reach relays, so the app looks, at what is deployed only:
every address in the file must be the deployed inventory's. Nothing is changed. The app role reader is enough.
"""

EXAMPLES = """\
examples:
  export RELAYKEEPER_APP_URL=https://APP.azurewebsites.net RELAYKEEPER_APP_ID=00000000-0000-0000-0000-000000000000
  python -m relaykeeper plan --inventory inventory.yaml
  python -m relaykeeper plan --inventory inventory.yaml --format markdown --counts-only > comment.md
  python -m relaykeeper plan --inventory inventory.yaml --format json --exit-code

who calls: the identity that DefaultAzureCredential finds (az login, a pipeline's federated credential) with a token for
the app's registration; or, without Easy Auth, the function key in RELAYKEEPER_FUNCTION_KEY.

exit status: 0 it was planned, 2 it could not be. With --exit-code: 0 nothing to do, 2 changes, 1 it could not be
planned, or an object could not be looked at. A wrong command line ends with 2.
"""

NOT_KNOWN = 1


def add_arguments(parser: ArgumentParser) -> None:
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, EXAMPLES
    parser.allow_abbrev = False
    parser.add_argument(
        "--inventory", type=Path, metavar="FILE", help="the inventory; what RELAYKEEPER_INVENTORY names unless given"
    )
    parser.add_argument("--app", metavar="URL", help="the app; what RELAYKEEPER_APP_URL says unless given")
    parser.add_argument(
        "--app-id", metavar="ID", help="the client id of the app's registration; RELAYKEEPER_APP_ID unless given"
    )
    parser.add_argument("--format", choices=["text", "markdown", "json"], default="text", help="text unless given")
    parser.add_argument(
        "--counts-only", action="store_true", help="count and name nothing, for comments that strangers can read"
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="say in the exit status whether anything is to be done"
    )


def run(arguments: Namespace) -> int:
    try:
        return plan(arguments)
    except RelaykeeperError as error:
        if not arguments.exit_code:
            raise
        print(f"{PROGRAM} plan: {error}", file=sys.stderr)
        return NOT_KNOWN


def plan(arguments: Namespace) -> int:
    from pydantic import ValidationError

    from relaykeeper.app_client import find_app, post
    from relaykeeper.inputs import find_inventory, read_text
    from relaykeeper.plan_text import as_markdown, as_text
    from shared.api.inventory_plan import InventoryPlanView
    from shared.errors import PermanentError

    if arguments.format == "json" and arguments.counts_only:
        raise PermanentError("--counts-only is for text and Markdown: JSON has every name")
    text = read_text(find_inventory(arguments.inventory))
    app = find_app(arguments.app, arguments.app_id)
    try:
        found = InventoryPlanView.model_validate(post(app, "plans", {"inventory": text}))
    except ValidationError:
        raise PermanentError(f"{app.url} answers in another way than this release of the command knows") from None
    if arguments.format == "json":
        print(found.model_dump_json(indent=2))
    else:
        render = as_markdown if arguments.format == "markdown" else as_text
        print(render(found, counts_only=arguments.counts_only))
    return status_of(found.does_something, any(each.error for each in found.changes), arguments.exit_code)


def status_of(does_something: bool, unknown: bool, exit_code: bool) -> int:
    if not exit_code:
        return DONE
    return CHANGES if does_something else NOT_KNOWN if unknown else DONE


CHANGES = CANNOT
"""As Terraform's `-detailed-exitcode`, which pipelines know."""

PLAN = Command("plan", "Ask the app what an inventory that is not deployed would change.", add_arguments, run)
