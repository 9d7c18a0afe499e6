"""`examine`: let the app examine a relay; `resume-logins`: let logins at a relay go on after refusals stopped them."""

from typing import TYPE_CHECKING, Annotated

import typer

from relaykeeper.changing.options import Reason, Ticket
from relaykeeper.exit_codes import ExitCode
from relaykeeper.name_completion import complete_relay
from relaykeeper.options import Json, Target

if TYPE_CHECKING:
    from shared.api.relay_checks import RelayCheckView
    from shared.domain.clients.relay_checks import ReplicaCheck

Relay = Annotated[str, typer.Argument(metavar="RELAY", help="A relay of the inventory.", autocompletion=complete_relay)]

EXAMINE_EXAMPLES = (
    'relaykeeper examine prod --reason "clients complain"',
    "relaykeeper examine prod --cluster ss-prod-00 --no-login --ticket INC-42",
    "relaykeeper examine prod --ticket INC-42 --json | jq -r '.checks[] | select(.status != \"ok\") | .message'",
)
RESUME_LOGINS_EXAMPLES = ('relaykeeper resume-logins prod --reason "the probe client has a password again"',)


def examine(
    relay: Relay,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="NAME", help="Only the replicas in this cluster.")
    ] = None,
    no_login: Annotated[
        bool, typer.Option("--no-login", help="Try no login, not even of a user that does not exist.")
    ] = False,
    reason: Reason = None,
    ticket: Ticket = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Let the app examine a relay, from where it stands.

    The checks are those of `verify-relay`, at each port of each replica; no mail is sent. It takes up to three minutes.
    Logins count: three refusals in a row stop them until `relaykeeper resume-logins`.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.app.kinds import RELAYS
    from relaykeeper.changing.choosing import bare_name
    from relaykeeper.changing.reasons import read_reason
    from relaykeeper.output import note, print_json
    from relaykeeper.relay.check_table import as_table
    from relaykeeper.relay.examination import exit_code
    from shared.api.relay_checks import RelayChecksView

    name = bare_name(RELAYS, relay)
    body = {"reason": read_reason(reason, ticket), "cluster": cluster, "logins": not no_login}
    api = open_api(target)
    if not json:
        note(f"{name} is examined; that takes up to three minutes")
    answer = api.post(f"relays/{name}/checks", body)
    checks = [as_check(each) for each in answer.read(RelayChecksView).checks]
    if json:
        print_json(answer.document)
    else:
        print(as_table(checks, ["logins (--no-login)"] if no_login else []))
    return exit_code(each.check for each in checks)


def as_check(view: "RelayCheckView") -> "ReplicaCheck":
    """Return a check of the API as the one that it shows."""
    from shared.domain.checks import Check
    from shared.domain.clients.relay_checks import ReplicaCheck
    from shared.domain.object_ref import SELF

    check = Check(view.name, SELF, view.status, view.reason, view.message, view.remedy)
    return ReplicaCheck(view.replica, view.address, view.port, check)


def resume_logins(
    relay: Relay, reason: Reason = None, ticket: Ticket = None, json: Json = False, target: Target = None
) -> int:
    """Let logins at a relay go on after refusals.

    Find out first why the relay refused (535): three more refusals stop them again. Its clients are looked at again.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.app.kinds import RELAYS
    from relaykeeper.changing.choosing import bare_name
    from relaykeeper.changing.reasons import read_reason
    from relaykeeper.output import print_json
    from shared.api.relays import RelayView

    name = bare_name(RELAYS, relay)
    body = {"reason": read_reason(reason, ticket)}
    answer = open_api(target).post(f"relays/{name}/resume-logins", body)
    answer.read(RelayView)
    if json:
        print_json(answer.document)
    else:
        print(f"logins at relay {name} go on")
    return ExitCode.DONE
