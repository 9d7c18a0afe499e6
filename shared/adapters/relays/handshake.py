"""One handshake: connect, EHLO, STARTTLS (RFC 3207), and see which leaf is shown. No mail is ever sent."""

import socket
import ssl
from contextlib import suppress

from shared.adapters.relays.dialogue import Deadline, Dialogue, HandshakeError, quoted
from shared.domain.leaf import thumbprint
from shared.domain.places import Answer, Question

IMPLICIT_TLS = 465
"""The port on which TLS comes first (RFC 8314, section 3.3)."""

OK, READY, NOT_NOW = 250, 220, 454


CONNECT = 5.0
"""Seconds to wait for a connection."""

FAREWELL = 1.0
"""Seconds to spend on taking leave."""


def context() -> ssl.SSLContext:
    """TLS 1.2 or newer, any certificate: its thumbprint is compared, its chain was judged before it was stored."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    return settings


def answer(question: Question, tls: ssl.SSLContext, seconds: float) -> Answer:
    """Put the question, and once more if the relay was just not able to; every failure is an answer in words."""
    deadline = Deadline.within(seconds)
    try:
        return attempt(question, tls, deadline)
    except HandshakeError as error:
        if not error.passing:
            return Answer(question, None, str(error))
    try:
        return attempt(question, tls, deadline)
    except HandshakeError as error:
        return Answer(question, None, str(error))


def attempt(question: Question, tls: ssl.SSLContext, deadline: Deadline) -> Answer:
    """Make the handshake; raises HandshakeError alone."""
    try:
        with connect(question, deadline) as connection:
            return Answer(question, thumbprint(leaf(connection, question, tls, deadline)))
    except TimeoutError as error:
        raise HandshakeError(f"no certificate within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise HandshakeError("connection cut", passing=True) from error
    except OSError as error:
        raise HandshakeError((error.strerror or str(error)).lower()) from error


def connect(question: Question, deadline: Deadline) -> socket.socket:
    seconds = min(CONNECT, deadline.left())
    try:
        return socket.create_connection((question.address, question.port), timeout=seconds)
    except TimeoutError as error:
        raise HandshakeError(f"no connection within {seconds:.2g} s") from error


def leaf(connection: socket.socket, question: Question, tls: ssl.SSLContext, deadline: Deadline) -> bytes:
    """Return the leaf's DER, after taking leave."""
    implicit = question.port == IMPLICIT_TLS
    if not implicit:
        start_tls(Dialogue(connection, deadline))
    with shake_hands(connection, question.sni, tls, deadline) as encrypted:
        der = encrypted.getpeercert(binary_form=True)
        if der is None:
            raise HandshakeError("TLS handshake without a certificate")
        with suppress(OSError, HandshakeError):  # the question is answered, however the relay takes our leave
            take_leave(Dialogue(encrypted, Deadline.within(FAREWELL)), greeted=not implicit)
        return der


def start_tls(dialogue: Dialogue) -> None:
    """Bring the session to where the server waits for a ClientHello."""
    greeting = dialogue.reply("at the greeting")
    if greeting.code != READY:
        raise HandshakeError(f"turned away at the greeting: {greeting}")
    extensions = dialogue.command("EHLO relaykeeper")
    if extensions.code != OK:
        raise HandshakeError(f"EHLO refused: {extensions}")
    if not any(line.split()[:1] == ["STARTTLS"] for line in map(str.upper, extensions.lines[1:])):
        raise HandshakeError("STARTTLS not offered")
    ready = dialogue.command("STARTTLS")
    if ready.code != READY:
        raise HandshakeError(f"STARTTLS refused: {ready}", passing=ready.code == NOT_NOW)
    if not dialogue.nothing_unread():
        raise HandshakeError("words after the reply to STARTTLS, before TLS began")


def shake_hands(connection: socket.socket, sni: str | None, tls: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """Turn the connection to TLS. The time-out covers the handshake as a whole."""
    connection.settimeout(deadline.left())
    try:
        return tls.wrap_socket(connection, server_hostname=sni)
    except ssl.SSLEOFError as error:
        raise HandshakeError("connection cut in the TLS handshake", passing=True) from error
    except ssl.SSLError as error:
        raise HandshakeError(f"TLS handshake failed: {quoted(error.reason or str(error))}") from error


def take_leave(dialogue: Dialogue, *, greeted: bool) -> None:
    """QUIT, as a server's log would have it."""
    if not greeted:
        dialogue.reply("at the greeting")
    dialogue.command("QUIT")
