"""Failures of the command, each with its exit code."""

from relaykeeper.exit_codes import ExitCode
from shared.errors import ConfigError, NotFound, PermanentError, RelaykeeperError, TransientError


class UsageFailure(PermanentError):
    """The command line, a file or a setting is wrong."""


class AppRefused(PermanentError):
    """The app, or the platform before it, refused a call or answered in an unknown way."""


class NotAllowedFailure(PermanentError):
    """There is no token or key for the app, or it lacks the role."""


class NotReached(TransientError):
    """No connection, or none with a trusted certificate."""


class TimeIsOver(TransientError):
    """What was followed has not ended within the time; it goes on."""


def exit_code_of(failure: RelaykeeperError) -> ExitCode:
    """Return the exit code of a failure that ends a command."""
    match failure:
        case NotAllowedFailure():
            return ExitCode.NOT_ALLOWED
        case NotReached():
            return ExitCode.NETWORK
        case AppRefused() | TransientError():
            return ExitCode.UNAVAILABLE
        case ConfigError() | NotFound() | PermanentError():
            return ExitCode.USAGE
    return ExitCode.UNAVAILABLE
