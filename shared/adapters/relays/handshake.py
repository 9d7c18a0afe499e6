"""One handshake: connect, EHLO, STARTTLS (RFC 3207), and see which chain is shown. No mail is offered."""

import ssl
from contextlib import suppress

from shared.adapters.relays.dialogue import Dialogue
from shared.adapters.relays.encrypted import Encrypted
from shared.adapters.relays.failure import HandshakeError
from shared.adapters.relays.opening import greeted, offers_tls, start_tls
from shared.adapters.relays.session import FAREWELL, session, twice
from shared.adapters.relays.wire import Deadline, Wire
from shared.domain.leaf import thumbprint
from shared.domain.places import Answer, Question


def answer(question: Question, tls: ssl.SSLContext, seconds: float) -> Answer:
    """Put the question; every failure is an answer in words."""
    try:
        return twice(lambda deadline: attempt(question, tls, deadline), seconds)
    except HandshakeError as error:
        return Answer(question, None, str(error))


def attempt(question: Question, tls: ssl.SSLContext, deadline: Deadline) -> Answer:
    with session(question, deadline, "certificate") as wire:
        chain = presented(wire, question, tls)
    return Answer(question, thumbprint(chain[0]), chain=chain)


def presented(wire: Wire, question: Question, tls: ssl.SSLContext) -> tuple[bytes, ...]:
    """Return the chain as presented, after taking leave."""
    if not question.implicit:
        ask_for_tls(Dialogue(wire))
    encrypted = Encrypted(wire, tls, question.sni)
    chain = encrypted.shake_hands()
    wire.deadline = Deadline.within(FAREWELL)
    with suppress(OSError, HandshakeError):  # the question is answered, however the relay takes our leave
        take_leave(Dialogue(encrypted), greeted=not question.implicit)
    return chain


def ask_for_tls(dialogue: Dialogue) -> None:
    if not offers_tls(greeted(dialogue)):
        raise HandshakeError("STARTTLS not offered")
    start_tls(dialogue)


def take_leave(dialogue: Dialogue, *, greeted: bool) -> None:
    """QUIT, as a server's log would have it."""
    if not greeted:
        dialogue.reply("at the greeting")
    dialogue.command("QUIT")
