"""SMTP servers on loopback that take logins, as their users' passwords say or as a test wants them to misbehave."""

import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedReader

from tests.wire.smtp.servers import Shown

PROMPTS = {"PLAIN": [""], "LOGIN": ["Username:", "Password:"]}

OTHERS = {"MAIL": "250 OK", "RCPT": "550 relay not permitted", "RSET": "250 OK", "QUIT": "221 bye"}

type Misbehaviour = Callable[[socket.socket], None]


@dataclass
class AuthServer:
    """A script for `serving`.

    `users` are those that it takes, with their passwords. `replies` says what ends a login by a mechanism, `PLAIN` or
    with an initial response `PLAIN+`, for any user; an empty one is a cut. `challenges` are sent instead of the usual
    prompts. `clear` are the mechanisms that it offers before TLS, and it takes them there if `takes_clear`.
    `instead` misbehaves in place of the first reply to AUTH. `said` gets every line, and `heard` each word and what
    base64 makes of it.
    """

    shown: Shown | None
    users: Mapping[str, str] = field(default_factory=dict)
    offered: str = "PLAIN LOGIN"
    clear: str = ""
    takes_clear: bool = False
    replies: Mapping[str, str] = field(default_factory=dict)
    challenges: Mapping[str, list[str]] = field(default_factory=dict)
    instead: Misbehaviour | None = None
    rcpt: str = OTHERS["RCPT"]
    said: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP ready\r\n")
        if self.converse(connection, encrypted=False) and self.shown is not None:
            with self.shown.tls.wrap_socket(connection, server_side=True) as encrypted:
                self.converse(encrypted, encrypted=True)

    def converse(self, connection: socket.socket, *, encrypted: bool) -> bool:
        """Answer until the end; say whether it was STARTTLS that ended it."""
        with connection.makefile("rb") as lines:
            while line := self.hear(lines):
                verb = line.split()[0].upper() if line.split() else ""
                if verb == "STARTTLS":
                    connection.sendall(b"220 go ahead\r\n")
                    return True
                if verb == "AUTH" and self.instead is not None and encrypted:
                    self.instead(connection)
                    return False
                if not (reply := self.reply(connection, lines, verb, line, encrypted)):
                    return False
                connection.sendall(f"{reply}\r\n".encode())
        return False

    def reply(
        self, connection: socket.socket | ssl.SSLSocket, lines: BufferedReader, verb: str, line: str, encrypted: bool
    ) -> str:
        if verb == "EHLO":
            offered = self.offered if encrypted else self.clear
            extensions = [
                *(["STARTTLS"] if self.shown is not None and not encrypted else []),
                *([f"AUTH {offered}"] if offered else []),
                "HELP",
            ]
            greeting = "relay Hello relaykeeper [127.0.0.9]"
            return "\r\n".join([f"250-{each}" for each in (greeting, *extensions[:-1])] + [f"250 {extensions[-1]}"])
        if verb == "AUTH":
            if not (encrypted or self.takes_clear):
                return "503 AUTH command used when not advertised"
            return self.authenticate(connection, lines, line)
        return {**OTHERS, "RCPT": self.rcpt}.get(verb, "500 what?")

    def authenticate(self, connection: socket.socket, lines: BufferedReader, line: str) -> str:
        _, mechanism, *initial = line.split()
        prompts = list(self.challenges.get(mechanism) or [encode(each) for each in PROMPTS[mechanism]])
        responses = [decode(each) for each in initial]
        for prompt in prompts[len(initial) :]:
            connection.sendall(f"334 {prompt}\r\n".encode())
            if (said := self.hear(lines)) in ("*", ""):
                return "501 cancelled" if said else ""
            responses.append(decode(said))
        if (reply := self.replies.get(mechanism + "+" * len(initial))) is not None:
            return reply
        user, password = responses[0].split("\0")[1:] if mechanism == "PLAIN" else responses
        return (
            "235 Authentication succeeded" if self.users.get(user) == password else "535 Incorrect authentication data"
        )

    def hear(self, lines: BufferedReader) -> str:
        line = ""
        with suppress(OSError):
            line = lines.readline().decode().removesuffix("\r\n")
        self.said += [line] if line else []
        self.heard.extend(each for word in line.split() for each in (word, decode(word)))
        return line


def encode(text: str) -> str:
    return b64encode(text.encode()).decode()


def decode(text: str) -> str:
    with suppress(ValueError):
        return b64decode(text, validate=True).decode()
    return ""
