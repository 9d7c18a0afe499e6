"""A subcommand of `python -m relaykeeper`, and what all of them have in common: parsing, exit status, the error line.

What was asked for goes to standard output; progress and errors go to standard error.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.errors import RelaykeeperError

DONE = 0
CANNOT = 2
"""What was asked for cannot be done, or, for a check, is not right. argparse ends with it too if the command line is
wrong. Python itself ends with 1 and a trace: that is a bug of ours."""
INTERRUPTED = 130
"""As shells report a program that was ended by Ctrl-C (128 and the number of SIGINT)."""

PROGRAM = "relaykeeper"


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand. It imports what is slow to import in `run`, so that `--help` and other commands do not wait."""

    name: str
    summary: str
    """One line, for the list of commands."""
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    """Returns the exit status; raises RelaykeeperError for what it could not do."""


def run_command(commands: Sequence[Command], arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name, and return the exit status: DONE or CANNOT.

    Raises SystemExit if the command line is wrong or asks for help, as argparse does.
    """
    parser = ArgumentParser(prog=f"python -m {PROGRAM}", description="Work with Relaykeeper from the command line.")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        subparser = subparsers.add_parser(command.name, help=command.summary, description=command.summary)
        command.add_arguments(subparser)
        subparser.set_defaults(command=command)
    parsed = parser.parse_args(arguments)
    chosen: Command = parsed.command
    try:
        status = chosen.run(parsed)
        sys.stdout.flush()
    except RelaykeeperError as error:
        print(f"{PROGRAM} {chosen.name}: {error}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        print(f"{PROGRAM} {chosen.name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        close_output()
        return CANNOT
    return status


def close_output() -> None:
    """Let the interpreter end quietly after the reader of our output went away (the documentation of Python's signal
    module, Note on SIGPIPE)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
