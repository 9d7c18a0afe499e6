"""The relays' own word, by handshakes of our own over sockets and `ssl`: smtplib has no deadline and trusts replies."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.adapters.relays.encrypted import context
from shared.adapters.relays.handshake import answer
from shared.domain.places import Answer, Question

AT_ONCE = 16
"""Handshakes side by side."""


class SmtpRelays:
    """`ports.Relays`."""

    def __init__(self, seconds: float = 10.0) -> None:
        """`seconds` is how long one question may take, its second try included."""
        self._seconds = seconds
        self._tls = context()

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="handshake") as threads:
            return tuple(threads.map(lambda question: answer(question, self._tls, self._seconds), questions))
