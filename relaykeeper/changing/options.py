"""Options of commands that change something."""

import shlex
from dataclasses import dataclass
from typing import Annotated

import typer

Reason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="TEXT",
        help="Why, for the history; a person at a terminal is asked for it if it is missing.",
    ),
]
Ticket = Annotated[
    str | None,
    typer.Option("--ticket", metavar="ID", help="Its number, as CHG-1234: kept in the history, before the reason."),
]
Selector = Annotated[
    str | None,
    typer.Option(
        "--selector", "-l", metavar="LABELS", help="Those with these labels, instead of names: team=mail,!old."
    ),
]
Yes = Annotated[
    int | None,
    typer.Option("--yes", metavar="COUNT", min=1, help="How many objects it is meant for; needed for more than one."),
]
Stagger = Annotated[
    str, typer.Option("--stagger", metavar="SPAN", help="Of several, one after the other, so far apart.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="End once the app has the request; do not follow it.")]
Timeout = Annotated[
    str, typer.Option("--timeout", metavar="SPAN", help="How long to follow it; the work goes on after that.")
]

STAGGER = "20s"
TIMEOUT = "30m"


@dataclass(frozen=True, slots=True)
class ChangeArguments:
    """What every command takes that changes objects, as the command line has it."""

    names: tuple[str, ...]
    selector: str | None
    yes: int | None
    reason: str | None
    ticket: str | None
    stagger: str
    timeout: str
    target: str | None
    no_wait: bool
    json: bool


def target_option(target: str | None) -> str:
    """Return the option that chose the app, for a command that we suggest."""
    return f" --target {shlex.quote(target)}" if target else ""
