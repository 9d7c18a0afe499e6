"""One handshake: connect, EHLO, STARTTLS (RFC 3207), and see which chain is shown. No mail is ever sent."""

import socket
import ssl
from contextlib import suppress

from shared.adapters.relays.dialogue import Dialogue
from shared.adapters.relays.encrypted import Encrypted
from shared.adapters.relays.failure import HandshakeError
from shared.adapters.relays.resolving import addresses
from shared.adapters.relays.wire import Deadline, Wire
from shared.domain.leaf import thumbprint
from shared.domain.places import Answer, Question

OK, READY, NOT_NOW = 250, 220, 454

CONNECT = 5.0
"""Seconds to wait for a connection."""

FAREWELL = 1.0
"""Seconds to spend on taking leave."""


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
            chain = presented(Wire(connection, deadline), question, tls)
    except TimeoutError as error:
        raise HandshakeError(f"no certificate within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise HandshakeError("connection cut", passing=True) from error
    except OSError as error:
        raise HandshakeError(words(error)) from error
    return Answer(question, thumbprint(chain[0]), chain=chain)


def connect(question: Question, deadline: Deadline) -> socket.socket:
    """Connect to the first address that takes a connection, as a client does."""
    failures = []
    for address in addresses(question.address, question.resolver, deadline):
        at = "" if address == question.address else f" at {address}"
        seconds = min(CONNECT, deadline.left())
        try:
            return socket.create_connection((address, question.port), timeout=seconds)
        except TimeoutError:
            failures.append(f"no connection within {seconds:.2g} s{at}")
        except OSError as error:
            failures.append(f"{words(error)}{at}")
    raise HandshakeError("; ".join(failures))


def presented(wire: Wire, question: Question, tls: ssl.SSLContext) -> tuple[bytes, ...]:
    """Return the chain as presented, after taking leave."""
    if not question.implicit:
        start_tls(Dialogue(wire))
    encrypted = Encrypted(wire, tls, question.sni)
    chain = encrypted.shake_hands()
    wire.deadline = Deadline.within(FAREWELL)
    with suppress(OSError, HandshakeError):  # the question is answered, however the relay takes our leave
        take_leave(Dialogue(encrypted), greeted=not question.implicit)
    return chain


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


def take_leave(dialogue: Dialogue, *, greeted: bool) -> None:
    """QUIT, as a server's log would have it."""
    if not greeted:
        dialogue.reply("at the greeting")
    dialogue.command("QUIT")


def words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
