"""Completion of command lines by a shell: the script, and the answer to it, both by typer.

A script calls the command with `_RELAYKEEPER_COMPLETE` and the line so far, as typer's own scripts do.
"""

import sys

from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

COMPLETE = "_RELAYKEEPER_COMPLETE"
"""The variable that a script sets. typer makes its name of the command's."""


def answer_shells() -> None:
    """Let typer answer a shell that completes a line, when the command runs in this process."""
    sys.modules["rich"] = None  # type: ignore[assignment]  # typer would load it to render help texts, which takes 250 ms
    completion_init()


def script(name: str, shell: str) -> str:
    """Return the script that completes the command `name` in bash, zsh or fish."""
    return get_completion_script(prog_name=name, complete_var=COMPLETE, shell=shell)
