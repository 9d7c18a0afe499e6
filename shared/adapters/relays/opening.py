"""How a session opens (RFC 5321, section 3.1; RFC 3207); each step raises HandshakeError where it leads nowhere."""

from shared.adapters.relays.dialogue import Dialogue, Reply
from shared.adapters.relays.failure import HandshakeError

OK, READY, NOT_NOW = 250, 220, 454


def greeted(dialogue: Dialogue) -> Reply:
    """Hear the greeting, say EHLO, and return the reply, which lists the extensions."""
    greeting = dialogue.reply("at the greeting")
    if greeting.code != READY:
        raise HandshakeError(f"turned away at the greeting: {greeting}")
    return said_hello(dialogue)


def said_hello(dialogue: Dialogue) -> Reply:
    extensions = dialogue.command("EHLO relaykeeper")
    if extensions.code != OK:
        raise HandshakeError(f"EHLO refused: {extensions}")
    return extensions


def offers_tls(extensions: Reply) -> bool:
    return any(line.split()[:1] == ["STARTTLS"] for line in map(str.upper, extensions.lines[1:]))


def start_tls(dialogue: Dialogue) -> None:
    """Bring the session to where the server waits for a ClientHello (RFC 3207)."""
    ready = dialogue.command("STARTTLS")
    if ready.code != READY:
        raise HandshakeError(f"STARTTLS refused: {ready}", passing=ready.code == NOT_NOW)
    if not dialogue.nothing_unread():
        raise HandshakeError("words after the reply to STARTTLS, before TLS began")
