"""The commands of `relaykeeper` and its help. It imports nothing slow: each command does that when it runs."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from relaykeeper.commands import (
    bundle,
    client_edits,
    completion,
    config,
    flux,
    get,
    history,
    inventory,
    needs_renewal,
    pauses,
    plan,
    relays,
    removals,
    requests,
    status,
    ticks,
    trace,
    verify,
    verify_relay,
)
from relaykeeper.completion import COMPLETE, answer_shells
from relaykeeper.exit_codes import ExitCode
from relaykeeper.help_text import EXIT_CODES, NAME, examples
from shared.version import RELEASE

RELAYS = "Look at a relay"
DEPLOYMENT = "Look at a deployment"
CHANGES = "Change something"
FILES = "Work on files"
COMMAND = "The command itself"
SECTIONS = (RELAYS, DEPLOYMENT, CHANGES, FILES, COMMAND)

INTRODUCTION = """\
Verify what a mail relay serves; operate Relaykeeper, which renews its certificates and manages its clients.

Begin with `relaykeeper verify HOST`: it needs no account, no file and no Azure. Everything else asks a deployed app,
which `relaykeeper config` remembers."""


class Sections(TyperGroup):
    """A group whose help lists commands by section, in the order of SECTIONS and in which they were added."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 click passes it
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one table for each section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        visible = [(name, command) for name, command in shown if command is not None and not command.hidden]
        room = formatter.width - 6 - max(len(name) for name, _ in visible)
        for name, command in visible:
            section = str(getattr(command, "rich_help_panel", COMMAND))
            sections.setdefault(section, []).append((name, command.get_short_help_str(room)))
        for section, rows in sorted(sections.items(), key=lambda each: SECTIONS.index(each[0])):
            with formatter.section(section):
                formatter.write_dl(rows)


def new_group(summary: str, epilog: str = "") -> typer.Typer:
    """Return a group of commands, which alone prints its help."""
    return typer.Typer(
        cls=Sections,
        help=summary,
        epilog=epilog,
        invoke_without_command=True,
        callback=show_help_alone,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def show_help_alone(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


app = new_group(
    INTRODUCTION,
    examples(
        "relaykeeper verify mail.example.net",
        "relaykeeper verify mail.example.net:465 --json",
        "relaykeeper COMMAND --help",
    )
    + EXIT_CODES,
)


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"{NAME} {RELEASE}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 its callback prints it
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    show_help_alone(context)


def add(group: typer.Typer, name: str, run: Callable[..., int], section: str, *lines: str) -> None:
    """Add a command to a section of the group's help, with examples."""

    @wraps(run)
    def run_into_pipe(*arguments: object, **options: object) -> int:
        try:
            return run(*arguments, **options)
        except BrokenPipeError:
            close_output()
            return ExitCode.UNAVAILABLE

    group.command(name, epilog=examples(*lines), rich_help_panel=section)(run_into_pipe)


def close_output() -> None:
    """Let the interpreter end quietly after the reader of our output went away (the documentation of Python's signal
    module, Note on SIGPIPE)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


add(app, "verify", verify.verify, RELAYS, *verify.EXAMPLES)
add(app, "verify-relay", verify_relay.verify_relay, RELAYS, *verify_relay.EXAMPLES)
add(app, "get", get.get, DEPLOYMENT, *get.EXAMPLES)
add(app, "status", status.status, DEPLOYMENT, *status.EXAMPLES)
add(app, "trace", trace.trace, DEPLOYMENT, *trace.EXAMPLES)
add(app, "history", history.history, DEPLOYMENT, *history.EXAMPLES)
add(app, "bundle", bundle.bundle, DEPLOYMENT, *bundle.EXAMPLES)
add(app, "plan", plan.plan, DEPLOYMENT, *plan.EXAMPLES)
add(app, "needs-renewal", needs_renewal.needs_renewal, DEPLOYMENT, *needs_renewal.EXAMPLES)
add(app, "examine", relays.examine, DEPLOYMENT, *relays.EXAMINE_EXAMPLES)
add(app, "follow", requests.follow, DEPLOYMENT, *requests.FOLLOW_EXAMPLES)

add(app, "renew", requests.renew, CHANGES, *requests.RENEW_EXAMPLES)
add(app, "rollback", requests.rollback, CHANGES, *requests.ROLLBACK_EXAMPLES)
add(app, "release", requests.release, CHANGES, *requests.RELEASE_EXAMPLES)
add(app, "deliver", requests.deliver, CHANGES, *requests.DELIVER_EXAMPLES)
add(app, "pause", pauses.pause, CHANGES, *pauses.PAUSE_EXAMPLES)
add(app, "resume", pauses.resume, CHANGES, *pauses.RESUME_EXAMPLES)
add(app, "resume-logins", relays.resume_logins, CHANGES, *relays.RESUME_LOGINS_EXAMPLES)
add(app, "tick", ticks.tick, CHANGES, *ticks.TICK_EXAMPLES)

alerts = new_group("Send a test alert. `relaykeeper get alerts` lists the alerts of the last watch.")
add(alerts, "test", ticks.send_test, CHANGES, *ticks.TEST_EXAMPLES)
app.add_typer(alerts, name="alerts", rich_help_panel=CHANGES)

inventories = new_group("Check an inventory, without contacting anything.")
add(inventories, "check", inventory.check, FILES, *inventory.CHECK_EXAMPLES)
add(inventories, "schema", inventory.schema, FILES, *inventory.SCHEMA_EXAMPLES)
app.add_typer(inventories, name="inventory", rich_help_panel=FILES)

clients = new_group(
    "Add, remove and check SMTP clients. In the inventory, in lists of a Flux repository, and in the app."
)
add(clients, "add", client_edits.add, FILES, *client_edits.ADD_EXAMPLES)
add(clients, "remove", client_edits.remove, FILES, *client_edits.REMOVE_EXAMPLES)
add(clients, "flux", flux.flux, FILES, *flux.FLUX_EXAMPLES)
add(clients, "check", flux.check, FILES, *flux.CHECK_EXAMPLES)
add(clients, "confirm-removals", removals.confirm_removals, CHANGES, *removals.EXAMPLES)
app.add_typer(clients, name="clients", rich_help_panel=FILES)

targets = new_group("Remember apps by name, and show what is in force.")
add(targets, "show", config.show, COMMAND, *config.SHOW_EXAMPLES)
add(targets, "set", config.remember, COMMAND, *config.SET_EXAMPLES)
add(targets, "use", config.use, COMMAND, *config.USE_EXAMPLES)
add(targets, "remove", config.remove, COMMAND, *config.REMOVE_EXAMPLES)
app.add_typer(targets, name="config", rich_help_panel=COMMAND)
add(app, "completion", completion.completion, COMMAND, *completion.EXAMPLES)


def run_command(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return what it returns; None, of typer's own, is done."""
    if COMPLETE in os.environ:
        answer_shells()
    status = app(list(arguments), prog_name=NAME, standalone_mode=False)
    sys.stdout.flush()
    return ExitCode.DONE if status is None else status
