"""What swaks sees when a client logs in at a replica: an observer that shares no code with the product."""

import os
import re
import subprocess

from shared.domain.clients.password import Password

PATIENCE = 20.0

REPLY_TO_AUTH = re.compile(r"^<[~-]\*?\*?\s+((?:235|4\d\d|5\d\d) .*)$", re.MULTILINE)
"""A line from the server, `<~` in TLS; with `*` if swaks did not expect it."""


def command(address: str, port: int, name: str, user: str) -> list[str]:
    """Return the command line, as a person would type it; swaks asks for the password."""
    return [
        *("swaks", "--server", f"{address}:{port}", "--tls", "--tls-sni", name),
        *("--auth", "PLAIN", "--auth-user", user, "--quit-after", "AUTH"),
    ]


def log_in_with_swaks(address: str, port: int, name: str, user: str, password: Password) -> str:
    """Return the reply that ends the login, `235 Authentication succeeded` for instance; else swaks' last line.

    The password is in the environment, because other users see a command line.
    """
    environment = {**os.environ, "SWAKS_OPT_auth_password": password.reveal_for_auth()}
    said = subprocess.run(
        command(address, port, name, user),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    ).stdout
    replies = REPLY_TO_AUTH.findall(said)
    return str(replies[-1]) if replies else (said.strip().splitlines() or ["swaks said nothing"])[-1]
