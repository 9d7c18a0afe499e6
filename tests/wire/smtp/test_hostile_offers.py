"""Whatever a server does when it is offered mail, it settles nothing, in time, and is fit for a log."""

import socket
import time
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.open_relay import OpenRelayResult
from tests.wire.smtp.mail_servers import taking
from tests.wire.smtp.servers import Script, Shown, question, says, serving, up_to_starttls, wait_for_end
from tests.wire.smtp.test_hostile import SECONDS, SLACK, drip, endless, junk_in_the_handshake

RECIPIENT = "postmaster@example.org"
SENDER = "probe@example.net"


def offer_to(script: Script, seconds: float = SECONDS) -> OpenRelayResult:
    with serving(script) as port:
        [offer] = SmtpProber(seconds).check_open_relay([question(port)], RECIPIENT, SENDER)
    return offer


def after_mail(then: Script) -> Script:
    """Behave in the clear until MAIL was answered, and then follow another script."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        for reply in (b"250 relay\r\n", b"250 OK\r\n"):
            connection.recv(1024)
            connection.sendall(reply)
        then(connection)

    return script


HOSTILE = {
    "silence": (says(""), "no greeting within 0.5 s"),
    "silence after RCPT": (after_mail(wait_for_end), "no reply to RCPT within 0.5 s"),
    "slow drip": (after_mail(drip(b"250-")), "no reply to RCPT within 0.5 s"),
    "endless line": (after_mail(endless(b"250 " * 1024)), "a line of more than 8192 bytes to RCPT"),
    "endless reply": (after_mail(endless(b"250-welcome\r\n" * 64)), "a reply of more than 100 lines to RCPT"),
    "another protocol": (after_mail(says("HTTP/1.1 200 OK\r\n")), "no SMTP reply to RCPT: HTTP/1.1 200 OK"),
    "no code": (after_mail(says("250Accepted\r\n")), "no SMTP reply to RCPT: 250Accepted"),
    "cut in the reply": (after_mail(lambda connection: connection.sendall(b"250 Acc")), "connection cut"),
    "cut after RCPT": (taking(RCPT=""), "connection cut"),
    "junk in the handshake": (up_to_starttls("220 go\r\n", then=junk_in_the_handshake), "TLS handshake failed:"),
    "bytes before TLS": (up_to_starttls("220 go\r\n250 injected\r\n"), "bytes after the reply to STARTTLS"),
    "refused EHLO": (taking(EHLO="502 what?"), "EHLO refused: 502 what?"),
}


@pytest.mark.parametrize(("script", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostility_settles_nothing_in_time(script: Script, words: str) -> None:
    begun = time.monotonic()
    offer = offer_to(script)
    taken = time.monotonic() - begun

    assert (offer.verdict, offer.code) == ("unknown", None)
    assert offer.message.startswith(words)
    assert taken < SECONDS + SLACK


def test_a_cut_inside_tls_names_the_command_without_a_reply(tmp_path: Path) -> None:
    assert offer_to(taking(Shown("mail.example.net", tmp_path), MAIL="")).message == (
        "connection cut, no complete reply to MAIL"
    )


def test_plain_text_inside_tls_is_a_failure_of_tls(tmp_path: Path) -> None:
    shown = Shown("mail.example.net", tmp_path)

    def in_the_clear(connection: socket.socket) -> None:
        """Make the handshake, and answer the EHLO inside with what is no TLS."""
        plain = connection.dup()
        with plain, shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(1024)
            plain.sendall(b"250 relay\r\n")
            wait_for_end(plain)

    assert offer_to(up_to_starttls("220 go\r\n", then=in_the_clear)).message.startswith("TLS failed: ")


def test_quoted_text_of_a_server_is_cleaned_and_cut() -> None:
    offer = offer_to(taking(RCPT="250 \x1b[31mred\x00\u202e"))
    assert offer.verdict == "accepted"
    assert offer.message.isprintable()
    assert offer.message.startswith("250 ?[31mred?")
    assert len(offer_to(taking(RCPT="550 " + "very " * 1000)).message) < 200


@pytest.mark.parametrize("flood", [b"250-bye\r\n" * 100, b"x" * 16_384], ids=["lines", "no line"])
def test_one_that_does_not_stop_saying_goodbye_has_answered(flood: bytes) -> None:
    def babble(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"550 no\r\n")
        endless(flood)(connection)

    assert offer_to(after_mail(babble)).verdict == "refused"
