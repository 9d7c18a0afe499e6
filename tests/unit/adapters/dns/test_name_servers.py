"""What a server's answer is worth."""

from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from dns.rcode import Rcode

from shared.adapters.dns.name_servers import NoAnswer, txt_at
from shared.inventory import Endpoint

SERVER = Endpoint("192.0.2.1")
ZONE = "example.net"
NAME = "_acme-challenge.example.net"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dns.message.Message]:
    """Questions that go to a server without any record."""
    return answering(monkeypatch, dns.rcode.NOERROR)


def answering(monkeypatch: pytest.MonkeyPatch, rcode: Rcode) -> list[dns.message.Message]:
    questions: list[dns.message.Message] = []

    def answer(question: dns.message.Message, *_: Any, **__: Any) -> tuple[dns.message.Message, bool]:
        questions.append(question)
        reply = dns.message.make_response(question)
        reply.set_rcode(rcode)
        reply.flags |= dns.flags.AA
        return reply, False

    monkeypatch.setattr(dns.query, "udp_with_fallback", answer)
    return questions


def test_no_recursion_is_asked_for(asked: list[dns.message.Message]) -> None:
    txt_at(SERVER, NAME, ZONE)

    assert not asked[0].flags & dns.flags.RD


@pytest.mark.parametrize(("rcode", "words"), [(dns.rcode.NOERROR, "no TXT record"), (dns.rcode.NXDOMAIN, "NXDOMAIN")])
def test_an_answer_without_records_says_so(monkeypatch: pytest.MonkeyPatch, rcode: Rcode, words: str) -> None:
    answering(monkeypatch, rcode)

    seen = txt_at(SERVER, NAME, ZONE)

    assert (seen.values, seen.detail) == (frozenset(), words)


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_refusal_is_no_answer(monkeypatch: pytest.MonkeyPatch, rcode: Rcode) -> None:
    answering(monkeypatch, rcode)

    with pytest.raises(NoAnswer, match=dns.rcode.to_text(rcode)):
        txt_at(SERVER, NAME, ZONE)


@pytest.mark.parametrize(
    ("error", "words"),
    [(dns.exception.Timeout, "no answer within 3 s"), (OSError("unreachable"), "OSError: unreachable")],
)
def test_silence_is_no_answer(monkeypatch: pytest.MonkeyPatch, error: Exception | type[Exception], words: str) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(dns.query, "udp_with_fallback", fail)

    with pytest.raises(NoAnswer, match=words):
        txt_at(SERVER, NAME, ZONE)
