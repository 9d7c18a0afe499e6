"""A probe introduces itself so that a strict server talks to it, and says what a server that does not replied."""

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.probe import ProbeResult
from tests.wire.smtp.servers import Script, Shown, question, serving

HELO = "probe.example.net"
BY_NAME, BY_LITERAL = f"EHLO {HELO}", "EHLO [127.0.0.1]"

type Replies = Callable[[str], str]


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


def strict(shown: Shown, replies: Replies, said: list[str], *, hang_up: bool = False) -> Script:
    """Answer each EHLO as `replies` says, 250 being yes; with `hang_up` a refusal is the last reply."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        while command := connection.recv(1024).decode().strip():
            said.append(command)
            if command == "STARTTLS":
                connection.sendall(b"220 go ahead\r\n")
                with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
                    encrypted.recv(1024)
                    encrypted.sendall(b"221 bye\r\n")
                return
            reply = replies(command)
            connection.sendall(b"250-relay\r\n250 STARTTLS\r\n" if reply == "250" else f"{reply}\r\n".encode())
            if hang_up and reply != "250":
                return

    return script


def ask(script: Script, helo: str | None = None, seconds: float = 5.0) -> ProbeResult:
    with serving(script) as port:
        [answer] = SmtpProber().probe([replace(question(port), helo=helo, seconds=seconds)])
    return answer


def test_the_address_literal_of_our_end_is_said(shown: Shown) -> None:
    said: list[str] = []
    assert ask(strict(shown, lambda _: "250", said)).thumbprint == shown.thumbprint
    assert said == [BY_LITERAL, "STARTTLS"]


def test_over_ipv6_the_literal_says_so(shown: Shown) -> None:
    said: list[str] = []
    with serving(strict(shown, lambda _: "250", said), address="::1") as port:
        [answer] = SmtpProber(seconds=5).probe([replace(question(port), address="::1")])
    assert (answer.thumbprint, said[0]) == (shown.thumbprint, "EHLO [IPv6:::1]")


@pytest.mark.parametrize(
    "refusal",
    [
        "550 helo_verify_hosts",
        "504 5.5.2 <[127.0.0.1]>: Helo command rejected: need fully-qualified hostname",
        "450 4.7.1 Host not found",
        "501 syntactically invalid",
    ],
)
@pytest.mark.parametrize("hang_up", [False, True])
def test_a_refused_literal_is_answered_by_the_name_once(shown: Shown, refusal: str, hang_up: bool) -> None:
    said: list[str] = []
    replies: Replies = lambda command: "250" if command == BY_NAME else refusal  # noqa: E731

    answer = ask(strict(shown, replies, said, hang_up=hang_up), HELO)

    assert answer.thumbprint == shown.thumbprint
    assert (said.count(BY_LITERAL), said.count("STARTTLS")) == (1, 1)
    assert said.count(BY_NAME) <= 2


def test_a_name_that_is_refused_too_is_not_said_again(shown: Shown) -> None:
    said: list[str] = []
    answer = ask(strict(shown, lambda _: "550 go away", said), HELO)

    assert (answer.inconclusive, answer.failure) == ("TurnedAway", "EHLO refused: 550 go away")
    assert said == [BY_LITERAL, BY_NAME]


@pytest.mark.parametrize("refusal", ["550 no", "504 no", "502 what?", "554 no"])
def test_without_a_name_a_refusal_says_nothing_of_the_files(shown: Shown, refusal: str) -> None:
    said: list[str] = []
    answer = ask(strict(shown, lambda _: refusal, said))

    assert (answer.inconclusive, answer.failure) == ("TurnedAway", f"EHLO refused: {refusal}")
    assert said == [BY_LITERAL]


def test_a_server_that_turned_us_away_is_not_asked_for_further_names(shown: Shown) -> None:
    said: list[str] = []
    with serving(strict(shown, lambda _: "550 no", said)) as port:
        answers = SmtpProber(seconds=5).probe([question(port, f"{label}.example.net") for label in "abcdefgh"])

    assert said == [BY_LITERAL]
    assert {(answer.inconclusive, answer.failure) for answer in answers} == {("TurnedAway", "EHLO refused: 550 no")}


def test_mail_is_offered_under_the_name_where_only_rcpt_shows_that_the_literal_is_refused() -> None:
    said: list[str] = []
    latest = [""]

    def delayed(connection: socket.socket) -> None:
        """Refuse a literal as Postfix does with smtpd_delay_reject: at RCPT; else take mail for anybody."""
        connection.sendall(b"220 relay ESMTP\r\n")
        while command := connection.recv(1024).decode().strip():
            said.append(command)
            if command.startswith("EHLO"):
                latest[0] = command
            refused = command.startswith("RCPT") and latest[0] == BY_LITERAL
            reply = "554 5.7.1 <[127.0.0.1]>: Helo command rejected: Access denied" if refused else "250 OK"
            connection.sendall(f"{reply}\r\n".encode())

    with serving(delayed) as port:
        named, nameless = (replace(question(port), helo=helo) for helo in (HELO, None))
        [offer] = SmtpProber(seconds=5).check_open_relay([named], "postmaster@example.org", "probe@example.net")
        [other] = SmtpProber(seconds=5).check_open_relay([nameless], "postmaster@example.org", "probe@example.net")

    assert (offer.verdict, other.verdict) == ("accepted", "unknown")
    assert "Helo command rejected" in other.message
    assert said[:6] == [BY_LITERAL, MAIL, RCPT, BY_NAME, MAIL, RCPT]


MAIL, RCPT = "MAIL FROM:<probe@example.net>", "RCPT TO:<postmaster@example.org>"
