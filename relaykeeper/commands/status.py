"""`status`: everything about one certificate, client or relay."""

from typing import Annotated

import typer

from relaykeeper import moments
from relaykeeper.exit_codes import ExitCode
from relaykeeper.name_completion import complete_reference
from relaykeeper.options import Json, Target

EXAMPLES = (
    "relaykeeper status certificate/prod-mail",
    "relaykeeper status client/payroll --json",
    "relaykeeper status prod",
)


def status(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="certificate/NAME, client/ID, relay/NAME, or a name that only one of them has.",
            autocompletion=complete_reference,
        ),
    ],
    json: Json = False,
    target: Target = None,
) -> int:
    """Show all about one certificate, client or relay.

    What is wanted, stored and served at each place and replica, what holds it, what failed, who asked for what, which
    alerts there are, what happens next, and which commands would help. It ends with 0 if it is ready, 1 if not.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.status.situation import read_situation
    from relaykeeper.status.text import print_status, status_document

    found = read_situation(open_api(target), name)
    if json:
        from relaykeeper.output import print_json

        print_json(status_document(found, moments.now()))
    else:
        print_status(found, moments.now())
    return ExitCode.DONE if found.ready else ExitCode.NOT_AS_IT_SHOULD_BE
