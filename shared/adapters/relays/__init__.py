"""The relays' own word, by sessions of our own over sockets and `ssl`: smtplib has no deadline and trusts replies."""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.adapters.relays.encrypted import context
from shared.adapters.relays.handshake import answer
from shared.adapters.relays.offering import offer
from shared.domain.places import Answer, Question
from shared.domain.unauthenticated import Offer
from shared.steps import of_this_step

log = logging.getLogger("relaykeeper.relays")

AT_ONCE = 16
"""Sessions side by side."""


class SmtpRelays:
    """`ports.Relays`."""

    def __init__(self, seconds: float = 10.0) -> None:
        """`seconds` is how long one question may take, its second try included."""
        self._seconds = seconds
        self._tls = context()

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        return side_by_side(lambda question: answer(question, self._tls, self._seconds), questions)

    def offer(self, questions: Sequence[Question], recipient: str) -> tuple[Offer, ...]:
        return side_by_side(lambda question: offer(question, recipient, self._tls, self._seconds), questions)


def side_by_side[T](session: Callable[[Question], T], questions: Iterable[Question]) -> tuple[T, ...]:
    def told(question: Question) -> T:
        said = session(question)
        log.debug("%s", said)
        return said

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="relay") as threads:
        return tuple(threads.map(of_this_step(told), questions))
