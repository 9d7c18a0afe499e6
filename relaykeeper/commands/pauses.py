"""`pause` and `resume`: keep everything in a scope unchanged for a while, and end that early."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from relaykeeper import moments
from relaykeeper.changing.options import Reason, Ticket, target_option
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import UsageFailure
from relaykeeper.options import Json, Target
from relaykeeper.output import note, print_json
from shared.text import printable_line, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.api.views import PauseView

PAUSE_EXAMPLES = (
    'relaykeeper pause relay/prod --for 4h --reason "the mail team moves it"',
    "relaykeeper pause certificate/mail-prod --until 2026-12-01T06:00:00Z --ticket CHG-1234",
    'relaykeeper pause all --for 30m --reason "something is wrong, and we do not know what"',
)
RESUME_EXAMPLES = (
    'relaykeeper resume relay/prod --reason "it is over"',
    "relaykeeper resume 0123456789ab --ticket CHG-1234",
)

API_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def pause(
    scope: Annotated[
        str,
        typer.Argument(
            metavar="SCOPE", help="all, or issuer/NAME, cluster/NAME, relay/NAME, certificate/NAME, client/ID."
        ),
    ],
    span: Annotated[str | None, typer.Option("--for", metavar="SPAN", help="For so long: 30m, 4h, 1h30m, 2d.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Until then: RFC 3339 with an offset, or a date (0:00 UTC)."),
    ] = None,
    reason: Reason = None,
    ticket: Ticket = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Change nothing in a scope for a while; alerts continue.

    It is in force when the command ends: a worker that changes something there stops before its next effect. It ends by
    itself. An issuer's pause keeps orders back, a cluster's or a relay's deliveries.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.changing.reasons import read_reason
    from shared.api.parsing import parse_target
    from shared.api.views import PauseView

    end = end_of_pause(span, until)
    try:
        wanted = str(parse_target(scope))
    except ValueError as wrong:
        raise UsageFailure(f"the scope {quoted(scope)} {wrong}") from None
    body = {"scope": wanted, "until": end, "reason": read_reason(reason, ticket)}
    answer = open_api(target).post("pauses", body)
    made = answer.read(PauseView)
    if json:
        print_json(answer.document)
    else:
        print(f"{wanted} is paused until {moments.second(made.until)}: {printable_line(made.id)}")
        end_it = f"resume {shlex.quote(printable_line(made.id))}{target_option(target)}"
        note(f"It ends by itself, or with: relaykeeper {end_it}")
    return ExitCode.DONE


def end_of_pause(span: str | None, until: str | None) -> str:
    """Return the moment as the API reads it. Raises UsageFailure."""
    from shared.api.parsing import parse_moment

    if (span is None) == (until is None):
        raise UsageFailure("say how long: --for 4h, or --until 2026-12-01T06:00:00Z; one of both")
    if span is not None:
        try:
            return (moments.now() + moments.read_span(span, "--for")).strftime(API_MOMENT)
        except OverflowError:
            raise UsageFailure(f"--for {quoted(span)} is longer than there are years") from None
    try:
        return parse_moment(until).strftime(API_MOMENT)
    except ValueError as wrong:
        raise UsageFailure(f"--until {wrong}") from None


def resume(
    which: Annotated[
        str, typer.Argument(metavar="ID|SCOPE", help="A pause by its ID, or by its scope if there is one of it.")
    ],
    reason: Reason = None,
    ticket: Ticket = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """End a pause before its time.

    Work on what it held starts again, 20 seconds apart. Other pauses of the same scope hold on.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.changing.reasons import read_reason
    from shared.api.pauses import PausesView
    from shared.api.views import PauseView

    why = read_reason(reason, ticket)
    api = open_api(target)
    in_force = api.get("pauses").read(PausesView).pauses
    found = chosen_pause(which, in_force)
    answer = api.delete(f"pauses/{found.id}", reason=why)
    ended = answer.read(PauseView)
    if json:
        print_json(answer.document)
    else:
        print(printable_line(f"the pause of {ended.scope} is over: {ended.id}"))
    return ExitCode.DONE


def chosen_pause(which: str, in_force: "Sequence[PauseView]") -> "PauseView":
    """Return the pause in force of that ID or scope. Raises UsageFailure if there is none, or are several."""
    found = [each for each in in_force if which in (each.id, each.scope)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageFailure(f"{len(found)} pauses of {which} are in force; choose one by its ID:{listed(found)}")
    if in_force:
        raise UsageFailure(f"no pause {quoted(which)} is in force; these are:{listed(in_force)}")
    raise UsageFailure(f"no pause {quoted(which)} is in force: nothing is paused")


def listed(pauses: "Sequence[PauseView]") -> str:
    lines = [f"{each.id} {each.scope} until {moments.second(each.until)}: {each.reason}" for each in pauses]
    return "".join(f"\n  {printable_line(line)}" for line in lines)
