"""The exit codes of every command; docs/command.md says the same to people."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. With `plan --exit-code` 2 means changes, and every error ends with 1."""

    DONE = 0
    """It was done, or it is as it should be. Warnings do not change that."""
    NOT_AS_IT_SHOULD_BE = 1
    """Something was found wrong, or what was requested has failed."""
    USAGE = 2
    """The command line, a file or a setting is wrong. Nothing was done."""
    UNAVAILABLE = 3
    """The app or another system refused or could not answer, or the time was over: what was asked is not known, or not
    done yet."""
    NOT_ALLOWED = 4
    """There is no token or key, or it lacks a role."""
    NETWORK = 5
    """Nothing could be reached."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM, as shells report it (128 and the number of SIGINT)."""
