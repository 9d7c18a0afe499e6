"""Read a password from a file, a pipe or a prompt; it is never an argument."""

import getpass
import sys
from pathlib import Path

from shared.domain.clients.password import Password
from shared.errors import PermanentError

LONGEST_PASSWORD_FILE = 4096
"""Bytes."""


def read_password(file: str) -> Password:
    """Read a password without the line break that most editors and `echo` put at its end.

    Raises PermanentError, which quotes nothing of what was read.
    """
    where = "standard input" if file == "-" else file
    try:
        content = read_bytes(file)
    except OSError as error:
        raise PermanentError(f"cannot read the password from {where}: {error.strerror or error}") from error
    if len(content) > LONGEST_PASSWORD_FILE:
        raise PermanentError(f"cannot use the password from {where}: more than {LONGEST_PASSWORD_FILE:,} bytes")
    try:
        return Password(content.decode().removesuffix("\n").removesuffix("\r"))
    except ValueError:
        pass
    raise PermanentError(f"cannot use the password from {where}: it is empty, not UTF-8, or has a NUL")


def read_bytes(file: str) -> bytes:
    if file != "-":
        with Path(file).open("rb") as opened:
            return opened.read(LONGEST_PASSWORD_FILE + 1)
    if sys.stdin.isatty():
        return getpass.getpass("password: ").encode()
    return sys.stdin.buffer.read(LONGEST_PASSWORD_FILE + 1)
