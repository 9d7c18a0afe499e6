"""Whatever a server does to us, it is an answer in words, in time, and fit for a log."""

import itertools
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from shared.adapters.smtp.probe import SmtpProber
from tests.fakes.inventory import NOW
from tests.fakes.leaves import LIFETIME, Signer, builder
from tests.wire.smtp.servers import (
    HOST,
    Script,
    Shown,
    question,
    relay,
    says,
    serving,
    up_to_starttls,
    wait_for_end,
)

SECONDS = 0.5
SLACK = 2.0
"""What a busy machine may add."""


def drip(text: bytes) -> Script:
    """Send a byte every now and then for five seconds, so that no single read ever waits long."""

    def script(connection: socket.socket) -> None:
        connection.settimeout(0.05)
        for byte in itertools.chain(text, itertools.repeat(ord("x"), 100)):
            connection.sendall(bytes([byte]))
            if not silent_for_a_while(connection):
                return

    return script


def silent_for_a_while(connection: socket.socket) -> bool:
    """Read what the other side has to say until its time-out passes; False if it hangs up."""
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return True
    return False


def endless(text: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(text)

    return script


def cut(connection: socket.socket) -> None:
    connection.recv(64)


def junk_in_the_handshake(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03" + bytes(range(250)))
    wait_for_end(connection)


def endless_hello_requests(connection: socket.socket) -> None:
    """Ask for a new handshake in place of going on with this one; OpenSSL passes over each (RFC 5246, 7.4.1.1)."""
    connection.recv(4096)
    endless(b"\x16\x03\x03\x40\x00" + bytes(0x4000))(connection)


HOSTILE = {
    "silence": (says(""), "no greeting within 0.5 s"),
    "slow drip": (drip(b"220-"), "no greeting within 0.5 s"),
    "endless line": (endless(b"220 " * 1024), "a line of more than 8192 bytes at the greeting"),
    "endless banner": (endless(b"220-welcome\r\n" * 64), "a reply of more than 100 lines at the greeting"),
    "endless extensions": (
        up_to_starttls("", extensions="250-X\r\n" * 1000),
        "a reply of more than 100 lines to EHLO",
    ),
    "empty lines": (endless(b"\r\n"), "no SMTP reply at the greeting: "),
    "another protocol": (
        says("HTTP/1.1 400 Bad Request\r\n"),
        "no SMTP reply at the greeting: HTTP/1.1 400 Bad Request",
    ),
    "cut at once": (lambda connection: connection.close(), "connection cut"),
    "cut in a reply": (lambda connection: connection.sendall(b"220-hel"), "connection cut"),
    "cut in the handshake": (up_to_starttls("220 go\r\n", then=cut), "connection cut"),
    "junk in the handshake": (up_to_starttls("220 go\r\n", then=junk_in_the_handshake), "TLS handshake failed:"),
    "silence in the handshake": (up_to_starttls("220 go\r\n"), "TLS handshake not done within 0.5 s"),
    "drip in the handshake": (
        up_to_starttls("220 go\r\n", then=drip(b"\x16\x03\x03\x40\x00")),
        "TLS handshake not done within 0.5 s",
    ),
    "endless handshake": (
        up_to_starttls("220 go\r\n", then=endless_hello_requests),
        "more than 1,000,000 bytes received",
    ),
    "bytes before TLS": (up_to_starttls("220 go\r\n250 injected\r\n"), "bytes after the reply to STARTTLS"),
    "refused EHLO": (up_to_starttls("", extensions="502 what?\r\n"), "EHLO refused: 502 what?"),
}


@pytest.mark.parametrize(("script", "failure"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostility_is_an_answer_in_time(script: Script, failure: str) -> None:
    with serving(script) as port:
        begun = time.monotonic()
        [answer] = SmtpProber(SECONDS).probe([question(port)])
        taken = time.monotonic() - begun

    assert answer.thumbprint is None
    assert answer.failure.startswith(failure)
    assert taken < SECONDS + SLACK


def test_quoted_text_of_a_server_is_cleaned_and_cut() -> None:
    with serving(says("220 ok\r\n\x1b[31mred\x00\r\n")) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])
    assert answer.failure == "no SMTP reply to EHLO: ?[31mred?"

    with serving(says("554 " + "very " * 1000 + "\r\n")) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])
    assert len(answer.failure) < 200


def test_binary_junk_is_named_as_such() -> None:
    with serving(lambda connection: connection.sendall(bytes(range(256)) * 8)) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])

    assert answer.failure.startswith("no SMTP reply at the greeting: ")
    assert answer.failure.isprintable()


CA = Signer("Test CA")


def padded(size: int) -> x509.Certificate:
    """Return a certificate with so many bytes that mean nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    padding = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(size))
    unsigned = builder(CA.name, CA.name, key.public_key(), NOW, NOW + LIFETIME)
    return unsigned.add_extension(padding, critical=False).sign(key, hashes.SHA256())


TOO_LARGE = "TLS handshake failed: EXCESSIVE_MESSAGE_SIZE (a chain of more than 102,400 bytes)"


@pytest.mark.parametrize(
    ("behind", "failure"),
    [
        ([CA.certificate] * 10, "a chain of 11 certificates, at most 10 are accepted"),
        ([CA.certificate] * 100, "a chain of 101 certificates, at most 10 are accepted"),
        ([CA.certificate] * 999, TOO_LARGE),
        ([padded(102_000)], TOO_LARGE),
        ([padded(10_000_000)], TOO_LARGE),
    ],
    ids=["11 certificates", "101 certificates", "1000 certificates", "102 kB", "10 MB"],
)
def test_a_chain_that_is_too_long_is_not_read(tmp_path: Path, behind: Sequence[x509.Certificate], failure: str) -> None:
    with serving(relay(Shown("mail.example.net", tmp_path, behind))) as port:
        [answer] = SmtpProber(SLACK).probe([question(port)])

    assert (answer.thumbprint, answer.chain, answer.failure) == (None, (), failure)


def test_a_large_chain_within_limits_is_read(tmp_path: Path) -> None:
    large = Shown("mail.example.net", tmp_path, [padded(10_000)] * 9)
    with serving(relay(large)) as port:
        [answer] = SmtpProber(SLACK).probe([question(port)])

    assert answer.chain == large.chain


@pytest.mark.parametrize("flood", [b"221-bye\r\n" * 100, b"x" * 16_384], ids=["lines", "no line"])
def test_one_that_does_not_stop_saying_goodbye_keeps_its_answer(tmp_path: Path, flood: bytes) -> None:
    shown = Shown("mail.example.net", tmp_path)

    def babble(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            endless(flood)(encrypted)

    with serving(up_to_starttls("220 go\r\n", then=babble)) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])

    assert answer.thumbprint == shown.thumbprint


def test_one_that_asks_for_another_handshake_keeps_the_answer_of_the_first(tmp_path: Path) -> None:
    shown = Shown("mail.example.net", tmp_path)
    refused: list[bool] = []

    def renegotiate(connection: socket.socket) -> None:
        settings = SSL.Context(SSL.TLSv1_2_METHOD)
        settings.use_privatekey_file(str(tmp_path / "mail.example.net.pem"))
        settings.use_certificate_file(str(tmp_path / "mail.example.net.pem"))
        connection.settimeout(None)
        encrypted = SSL.Connection(settings, connection)
        encrypted.set_accept_state()
        encrypted.do_handshake()
        encrypted.renegotiate()
        encrypted.do_handshake()
        with suppress(SSL.Error):
            while encrypted.recv(1024):
                pass
        refused.append(encrypted.renegotiate_pending())

    with serving(up_to_starttls("220 go\r\n", then=renegotiate)) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])

    assert answer.chain == shown.chain
    assert refused == [True]


def test_one_that_does_not_take_leave_keeps_its_answer(tmp_path: Path) -> None:
    shown = Shown("mail.example.net", tmp_path)

    def never_say_goodbye(connection: socket.socket) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:
            wait_for_end(encrypted)

    with serving(up_to_starttls("220 go\r\n", then=never_say_goodbye)) as port:
        [answer] = SmtpProber(SECONDS).probe([question(port)])

    assert answer.thumbprint == shown.thumbprint


def test_a_full_queue_of_connections_is_an_answer_in_time() -> None:
    with socket.create_server((HOST, 0), backlog=0) as listener, socket.socket() as first, socket.socket() as second:
        address = listener.getsockname()
        first.connect(address)
        second.setblocking(False)
        second.connect_ex(address)

        [answer] = SmtpProber(SECONDS).probe([question(address[1])])

    assert answer.failure.startswith("no ")


def test_one_hostile_relay_does_not_spoil_the_others_answers(tmp_path: Path) -> None:
    shown = Shown("mail.example.net", tmp_path)
    with serving(drip(b"220-")) as bad, serving(relay(shown)) as good:
        answers = SmtpProber(SECONDS).probe([question(bad), question(good)])

    assert [answer.thumbprint for answer in answers] == [None, shown.thumbprint]
