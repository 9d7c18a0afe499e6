"""The command line of `verify`, and what in it does not fit together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from relaykeeper.verify.target import host_name, mailbox, span
from shared.errors import PermanentError


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
