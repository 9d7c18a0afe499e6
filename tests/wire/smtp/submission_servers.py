"""SMTP servers on loopback that take mail after a login, or refuse it, or fall silent, where a test wants them to."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Literal

from tests.wire.smtp.auth_servers import AuthServer, Misbehaviour

type Step = Literal["MAIL", "RCPT", "DATA", "."]

QUEUED = "250 OK id=1tHxyz-000000012AB-3CdE"

REPLIES: Mapping[Step, str] = {"MAIL": "250 OK", "RCPT": "250 Accepted", "DATA": "354 go on", ".": QUEUED}


@dataclass
class SubmissionServer(AuthServer):
    """An AuthServer that takes mail of who logged in.

    `mail` has its other replies, by step; an empty one is a cut. `silent_at` is the step that it never answers, and
    `after` misbehaves in place of the reply to it. `messages` gets what DATA brought, dots and all.
    """

    mail: Mapping[Step, str] = field(default_factory=dict)
    silent_at: Step | None = None
    after: Misbehaviour | None = None
    messages: list[bytes] = field(default_factory=list)
    let_in: bool = False

    def reply(
        self, connection: socket.socket | ssl.SSLSocket, lines: BufferedReader, verb: str, line: str, encrypted: bool
    ) -> str:
        if verb in REPLIES and self.let_in:
            return self.submit(connection, lines, verb)  # type: ignore[arg-type]
        reply = super().reply(connection, lines, verb, line, encrypted)
        self.let_in = (verb == "AUTH" and reply.startswith("235")) or (self.let_in and verb not in ("EHLO", "STARTTLS"))
        return reply

    def submit(self, connection: socket.socket | ssl.SSLSocket, lines: BufferedReader, step: Step) -> str:
        if step == self.silent_at and self.after is not None:
            self.after(connection)
            return ""
        reply = {**REPLIES, **self.mail}[step]
        if step != "DATA" or not reply.startswith("354"):
            return reply
        connection.sendall(f"{reply}\r\n".encode())
        content = b""
        while not content.endswith(b"\r\n.\r\n") and (line := lines.readline()):
            content += line
        self.messages.append(content)
        return self.submit(connection, lines, ".")
