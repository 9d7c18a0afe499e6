"""`verify` from its arguments to its exit code. The network is asked before what is slow to import is imported."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relaykeeper.verify_target import host_name, mailbox, read_target, span
from shared.adapters.smtp.reach import Opening
from shared.errors import PermanentError

if TYPE_CHECKING:
    from shared.domain.clients.password import Password


@dataclass(frozen=True, slots=True)
class VerifyArguments:
    """The command line; `seconds` are for everything, and a span like `21d` is still text."""

    host: str
    sni: Sequence[str] = ()
    tls: bool = False
    starttls: str | None = None
    roots: Path | None = None
    user: str | None = None
    password_file: str | None = None
    recipient: str | None = None
    sender: str | None = None
    helo: str | None = None
    seconds: float = 60.0
    expires_within: str | None = None
    json: bool = False
    prometheus: bool = False


def verify(arguments: VerifyArguments) -> int:
    """Examine the server, print the verdicts, and return the exit code. Raises PermanentError for the command line."""
    check_together(arguments)
    starttls = arguments.starttls is not None
    target = read_target(arguments.host, arguments.sni, tls=arguments.tls, starttls=starttls)
    if arguments.user is not None and target.name is None:
        raise PermanentError("--user needs a name to verify before the password is sent: add --sni NAME")
    check_elsewhere(arguments.recipient, target.name)
    password = ask_password(arguments)
    began = time.monotonic()
    opening = Opening(target.host, target.port, arguments.seconds)

    from relaykeeper.verify_run import Examination, print_report

    report = Examination(arguments, target, opening, began).run(password)
    print_report(report, arguments)
    return report.exit_code


def check_together(arguments: VerifyArguments) -> None:
    """Raise PermanentError for what does not fit together or cannot be said to a server."""
    if arguments.starttls not in (None, "smtp"):
        raise PermanentError("--starttls can only be smtp: other protocols are not spoken")
    if arguments.json and arguments.prometheus:
        raise PermanentError("--json and --prometheus exclude each other")
    if not 1 <= arguments.seconds <= 3600:
        raise PermanentError("--timeout is a number of seconds from 1 to 3600")
    if arguments.password_file is not None and arguments.user is None:
        raise PermanentError("--password-file belongs to a login: add --user")
    if arguments.sender is not None and arguments.recipient is None:
        raise PermanentError("--sender belongs to mail that is offered: add --recipient")
    mailbox(arguments.recipient, "--recipient")
    mailbox(arguments.sender, "--sender")
    span(arguments.expires_within, "--expires-within")
    if arguments.helo is not None:
        host_name(arguments.helo, "--helo")


def check_elsewhere(recipient: str | None, name: str | None) -> None:
    """Raise PermanentError for a recipient whose mail the server may take from everybody: that is no open relay."""
    domain = (recipient or "").rpartition("@")[2].lower()
    if domain and name is not None and (name == domain or name.endswith(f".{domain}")):
        raise PermanentError(
            f"--recipient must be an address elsewhere: {name} may take mail for {domain} from everybody"
        )


def ask_password(arguments: VerifyArguments) -> "Password | None":
    """Return the password of --user: from its file, else by a prompt. Raises PermanentError."""
    if arguments.user is None:
        return None
    if arguments.password_file is None and not sys.stdin.isatty():
        raise PermanentError("there is no terminal to ask for the password: add --password-file FILE, or - for a pipe")

    from relaykeeper.relay_examination import read_password
    from shared.domain.clients.password import is_sendable

    if not is_sendable(arguments.user):
        raise PermanentError("--user must have at least one character, and no NUL")
    try:
        return read_password(arguments.password_file or "-")
    except EOFError:
        raise PermanentError("no password was given at the prompt, so nothing was asked") from None
