"""`verify` from its arguments to its exit code. The network is asked before what is slow to import is imported."""

import sys
import time
from typing import TYPE_CHECKING

from relaykeeper.verify.arguments import VerifyArguments, check_elsewhere, check_together
from relaykeeper.verify.target import read_target
from shared.adapters.smtp.reach import Opening
from shared.errors import PermanentError

if TYPE_CHECKING:
    from shared.domain.clients.password import Password


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

    from relaykeeper.verify.run import Examination, print_report

    report = Examination(arguments, target, opening, began).run(password)
    print_report(report, arguments)
    return report.exit_code


def ask_password(arguments: VerifyArguments) -> "Password | None":
    """Return the password of --user: from its file, else by a prompt. Raises PermanentError."""
    if arguments.user is None:
        return None
    if arguments.password_file is None and not sys.stdin.isatty():
        raise PermanentError("there is no terminal to ask for the password: add --password-file FILE, or - for a pipe")

    from relaykeeper.password_input import read_password
    from shared.domain.clients.password import is_sendable

    if not is_sendable(arguments.user):
        raise PermanentError("--user must have at least one character, and no NUL")
    try:
        return read_password(arguments.password_file or "-")
    except EOFError:
        raise PermanentError("no password was given at the prompt, so nothing was asked") from None
