"""One offer of mail by somebody who did not log in, taken back once the relay has said whether it takes it."""

import ssl
from contextlib import suppress

from shared.adapters.relays.dialogue import Dialogue
from shared.adapters.relays.encrypted import Encrypted
from shared.adapters.relays.failure import HandshakeError
from shared.adapters.relays.opening import greeted, offers_tls, said_hello, start_tls
from shared.adapters.relays.session import FAREWELL, session, twice
from shared.adapters.relays.wire import Deadline, Wire
from shared.domain.places import Question
from shared.domain.unauthenticated import Offer


def offer(question: Question, recipient: str, tls: ssl.SSLContext, seconds: float) -> Offer:
    """Offer mail for `recipient`; every failure is an offer that settles nothing, in words."""
    try:
        return twice(lambda deadline: attempt(question, recipient, tls, deadline), seconds)
    except HandshakeError as error:
        return Offer(question, None, str(error))


def attempt(question: Question, recipient: str, tls: ssl.SSLContext, deadline: Deadline) -> Offer:
    """Go as far as RCPT (RFC 5321, section 3.3). DATA, by which a relay would take the mail, is never said."""
    with session(question, deadline, "answer") as wire:
        dialogue = opened(wire, question, tls)
        reply = dialogue.command("MAIL FROM:<>")
        if reply.positive:
            reply = dialogue.command(f"RCPT TO:<{recipient}>")
        wire.deadline = Deadline.within(FAREWELL)
        with suppress(OSError, HandshakeError):  # the offer is answered, however the relay takes our leave
            dialogue.command("RSET")
            dialogue.command("QUIT")
    return Offer(question, reply.code, str(reply))


def opened(wire: Wire, question: Question, tls: ssl.SSLContext) -> Dialogue:
    """Return a session that waits for mail: encrypted where the relay can be, as its clients would have it."""
    if question.implicit:
        secured = encrypted(wire, question, tls)
        greeted(secured)
        return secured
    plain = Dialogue(wire)
    if not offers_tls(greeted(plain)):
        return plain
    start_tls(plain)
    secured = encrypted(wire, question, tls)
    said_hello(secured)
    return secured


def encrypted(wire: Wire, question: Question, tls: ssl.SSLContext) -> Dialogue:
    stream = Encrypted(wire, tls, question.sni)
    stream.shake_hands()
    return Dialogue(stream)
