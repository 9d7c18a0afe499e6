"""A deadline says what was awaited, and each relay may have its own."""

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.probe import ProbeResult
from tests.wire.smtp.servers import Script, Shown, question, relay, says, serving, up_to_starttls, wait_for_end


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown("mail.example.net", tmp_path)


def ask(script: Script, seconds: float, *, implicit: bool = False) -> ProbeResult:
    with serving(script) as port:
        [answer] = SmtpProber().probe([replace(question(port), seconds=seconds, implicit=implicit)])
    return answer


def silent_after_greeting(connection: socket.socket) -> None:
    connection.sendall(b"220 relay ESMTP\r\n")
    wait_for_end(connection)


@pytest.mark.parametrize(
    ("script", "awaited"),
    [
        (says(""), "no greeting within 0.4 s"),
        (says("220-wait\r\n"), "no greeting within 0.4 s"),
        (silent_after_greeting, "no reply to EHLO within 0.4 s"),
        (up_to_starttls(""), "no reply to STARTTLS within 0.4 s"),
        (up_to_starttls("220 go\r\n"), "TLS handshake not done within 0.4 s"),
    ],
)
def test_what_was_awaited_is_named(script: Script, awaited: str) -> None:
    assert ask(script, 0.4).failure == awaited


def test_a_server_that_says_nothing_says_nothing_of_its_files() -> None:
    assert ask(says(""), 0.4).inconclusive == "NoSession"
    assert ask(silent_after_greeting, 0.4).inconclusive == "NoSession"
    assert ask(up_to_starttls("220 go\r\n"), 0.4).inconclusive is None


@pytest.mark.parametrize("delay", [0.8, 1.5])
def test_a_greeting_that_comes_late_is_waited_for_where_the_relay_has_the_time(shown: Shown, delay: float) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(delay)
        relay(shown)(connection)

    assert ask(late, delay + 3).thumbprint == shown.thumbprint
    assert ask(late, delay / 2).failure == f"no greeting within {delay / 2:g} s"


def test_a_port_that_speaks_tls_first_is_called_that(shown: Shown) -> None:
    def submissions(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"220 relay ESMTP\r\n")
            wait_for_end(encrypted)

    failure = ask(submissions, 0.4).failure
    assert failure == "no greeting within 0.4 s: this port speaks TLS first, which the inventory writes as POD/465"


def test_a_plain_greeting_differs_from_implicit_tls() -> None:
    failure = ask(says("220 relay ESMTP\r\n"), 2.0, implicit=True).failure
    assert failure == "no TLS: this port greets in clear (220 relay ESMTP), and 465 is where TLS comes first"
