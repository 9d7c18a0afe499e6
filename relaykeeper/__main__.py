"""`relaykeeper` and `python -m relaykeeper`: run a command, and end with an exit code that a script understands.

What was asked for goes to standard output; progress and errors go to standard error. An exception that is none of ours
is a bug: Python prints its trace and ends with 1.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from typer import Abort, TyperException

from relaykeeper.cli import close_output, run_command
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import exit_code_of
from relaykeeper.help_text import NAME
from shared.errors import RelaykeeperError

CHANGES_WANTED = "--exit-code"
"""Makes 2 mean changes, as Terraform's `-detailed-exitcode` does; so an error must end with another code."""

EXTRA = ("azure", "kubernetes", "msal")
"""What only the extra `azure` installs, by the first part of a module's name."""

INSTALL = (
    "tokens of Entra ID, vaults and clusters need packages that are not installed. Install the command with them, in a "
    "clone of its repository: uv tool install '.[azure]'"
)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Why a write fails that is nobody's bug."""


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    error_code = ExitCode.NOT_AS_IT_SHOULD_BE if CHANGES_WANTED in arguments else None
    try:
        return said(run_command(with_help(arguments)))
    except TyperException as error:
        print(f"{NAME}: {error.format_message()}{help_hint(error)}", file=sys.stderr)
        return error_code or ExitCode.USAGE
    except RelaykeeperError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return error_code or exit_code_of(error)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in EXTRA:
            raise
        print(f"{NAME}: cannot import {missing.name}: {INSTALL}", file=sys.stderr)
        return error_code or ExitCode.USAGE
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        close_output()
        print(f"{NAME}: cannot write what was found: {os.strerror(error.errno).lower()}", file=sys.stderr)
        return error_code or ExitCode.UNAVAILABLE
    except (KeyboardInterrupt, Abort):
        return said(ExitCode.INTERRUPTED)


def said(code: int) -> int:
    """Return an exit code. An interrupt, which typer makes one of, is said."""
    if code == ExitCode.INTERRUPTED:
        print(f"{NAME}: interrupted", file=sys.stderr)
    return code


def with_help(arguments: Sequence[str]) -> Sequence[str]:
    """Take `relaykeeper help COMMAND` for `relaykeeper COMMAND --help`."""
    return [*arguments[1:], "--help"] if arguments and arguments[0] == "help" else arguments


def help_hint(error: TyperException) -> str:
    """Say where the help is of the command whose line is wrong; typer's usage errors know it."""
    context = getattr(error, "ctx", None)
    return f"\nSee: {context.command_path} --help" if context is not None else ""


def run() -> None:
    """The entry point of the installed command. What other systems say may have characters that a terminal has not.
    SIGTERM, by which supervisors and pipelines end a command, is taken for Ctrl-C: both say what goes on without it."""
    open_what_is_closed()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def open_what_is_closed() -> None:
    """Put nothing in the place of a standard stream that was closed (`>&-`, some supervisors), which Python has as None
    and a file or connection would get the number of."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w"))
            if nowhere != number:
                os.close(nowhere)


if __name__ == "__main__":
    run()
