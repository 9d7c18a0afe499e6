"""`clients confirm-removals`: say that clients left the inventory on purpose."""

from typing import Annotated

import typer

from relaykeeper.changing.options import Reason, Ticket, Yes
from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import Json, Target

EXAMPLES = ("relaykeeper clients confirm-removals payroll crm --yes 2 --ticket CHG-1234",)


def confirm_removals(
    clients: Annotated[
        list[str], typer.Argument(metavar="CLIENT...", help="Exactly the clients that the inventory lost.")
    ],
    yes: Yes = None,
    reason: Reason = None,
    ticket: Ticket = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Confirm that clients left the inventory on purpose.

    While several are lost at once, no client is changed: it may be a mistake. `relaykeeper get clients` says which.
    Their secrets and files stay as they are, and relays accept them still.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.app.kinds import CLIENTS
    from relaykeeper.changing.choosing import Choice
    from relaykeeper.changing.reasons import read_reason
    from relaykeeper.failures import UsageFailure
    from relaykeeper.output import print_json
    from shared.api.clients import RemovalView

    names = Choice.read(CLIENTS, clients, None, yes).names
    if len(names) != (yes or 1):
        raise UsageFailure(
            f"this would confirm that {len(names)} clients left the inventory, and nothing was done. If it is what you "
            f"mean, add --yes {len(names)}: {', '.join(names)}"
        )
    body = {"clients": names, "reason": read_reason(reason, ticket)}
    answer = open_api(target).post("clients/removals", body)
    removed = answer.read(RemovalView).clients
    if json:
        print_json(answer.document)
    else:
        print(f"{len(removed)} clients left the inventory on purpose: {', '.join(names)}")
    return ExitCode.DONE
