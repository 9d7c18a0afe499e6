"""Why something is changed, as the history keeps it: what the command line says, or what a person answers."""

import re
import sys

from relaykeeper.failures import UsageFailure
from shared.text import quoted

TICKET = re.compile(r"[A-Za-z0-9#][A-Za-z0-9._#/-]{1,63}", re.ASCII)


def read_reason(reason: str | None, ticket: str | None) -> str:
    """Return the reason, with the ticket before it: `CHG-1234: reason`. A ticket alone is the reason.

    A person at a terminal is asked for what is missing. Raises UsageFailure if there is no reason, or none that the API
    takes.
    """
    from shared.api.parsing import parse_reason

    if ticket is not None and TICKET.fullmatch(ticket) is None:
        raise UsageFailure(f"--ticket {quoted(ticket)} is no ticket's number: write one like CHG-1234, without spaces")
    given = asked_reason() if reason is None and ticket is None else reason
    parts = [part for part in (ticket, given) if part is not None]
    try:
        return parse_reason(": ".join(parts) if given is None or given.strip() else "")
    except ValueError as wrong:
        raise UsageFailure(f"--reason{' with --ticket' if ticket else ''} {wrong}") from None


def asked_reason() -> str:
    """Ask a person why. Raises UsageFailure where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageFailure("say why, for those who read the history later: --reason TEXT, or --ticket CHG-1234")
    print("reason, for the history: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")
