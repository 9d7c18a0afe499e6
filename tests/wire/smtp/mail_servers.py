"""SMTP servers on loopback that are offered mail, and say whether they take it."""

import socket
from collections.abc import Mapping

from tests.wire.smtp.servers import Script, Shown

TAKING = {
    "EHLO": "250 relay",
    "STARTTLS": "220 go ahead",
    "MAIL": "250 OK",
    "RCPT": "250 Accepted",
    "RSET": "250 Reset OK",
    "QUIT": "221 closing connection",
}
"""An open relay's replies, by verb."""


def taking(shown: Shown | None = None, said: list[str] | None = None, **replies: str) -> Script:
    """Be an open relay but for these `replies`, an empty one being a cut; `said` gets the commands as they come.

    STARTTLS is offered where there is a certificate to show.
    """
    answers, heard = {**TAKING, **replies}, [] if said is None else said

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        if shown is None:
            converse(connection, answers, heard)
        elif converse(connection, {**answers, "EHLO": "250-relay\r\n250 STARTTLS"}, heard):
            with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
                heard.append("(TLS)")
                converse(encrypted, answers, heard)

    return script


def converse(connection: socket.socket, replies: Mapping[str, str], said: list[str]) -> bool:
    """Answer commands until the end or a cut; say whether it was STARTTLS that ended it."""
    while command := connection.recv(1024).decode().removesuffix("\r\n"):
        said.append(command)
        verb = command.split(" ")[0]
        if not (reply := replies[verb]):
            return False
        connection.sendall(f"{reply}\r\n".encode())
        if verb == "STARTTLS":
            return True
    return False
