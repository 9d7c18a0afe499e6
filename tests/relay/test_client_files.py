"""What a client's file lets in at the reference relay: the passwords whose SHA-256 it holds, and nothing else."""

import itertools
import smtplib
from collections.abc import Iterator

import pytest

from shared.domain.clients.password import generate_password
from tests.relay.clients import authenticate, client_file, secured_session
from tests.relay.conftest import RunningRelay

ACCEPTED, REFUSED = 235, 535
VERSION = "0123456789abcdef" * 2
PASSWORD, BEFORE = (generate_password().reveal_for_auth() for _ in range(2))
DIGEST = client_file(PASSWORD).strip()
ADDRESSES = itertools.count(1)
DIGEST_OF_NOTHING = client_file("")

ODD = [
    "}{$acl_c_client}",
    "${readfile{/etc/passwd}}",
    "\\N",
    "a\\",
    "per_cmd / strict / 0",
    "two words ",
    "with:colons;and,commas",
    ".*",
    "f\xfcnf",
    "\r\n",
]


@pytest.fixture(scope="module", autouse=True)
def certificate(relay: RunningRelay) -> None:
    bundle = relay.certificate("default").bundle
    relay.project("tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": bundle})


@pytest.fixture
def session(relay: RunningRelay) -> Iterator[smtplib.SMTP]:
    """From an address of its own: no test is locked out by the refusals of another."""
    with secured_session(relay, f"127.0.7.{next(ADDRESSES)}") as session:
        yield session


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", [PASSWORD, BEFORE], ids=["newest", "one before"])
def test_two_lines_are_two_passwords(relay: RunningRelay, session: smtplib.SMTP, password: str, mechanism: str) -> None:
    relay.project("clients", {"payroll": client_file(PASSWORD, BEFORE)})
    assert authenticate(session, "payroll", "a third one", mechanism) == REFUSED
    assert authenticate(session, "payroll", password, mechanism) == ACCEPTED


def test_a_password_whose_line_is_gone_is_refused(relay: RunningRelay, session: smtplib.SMTP) -> None:
    relay.project("clients", {"payroll": client_file(PASSWORD)})
    assert authenticate(session, "payroll", BEFORE) == REFUSED


@pytest.mark.parametrize(
    "content",
    [DIGEST, DIGEST + b"\r\n", DIGEST + b" \t\n", b"\n\n" + DIGEST + b"\n\n", DIGEST.upper(), b"none\n" + DIGEST],
    ids=["no end of line", "CR", "blanks", "empty lines", "upper case", "a line that is no digest"],
)
def test_what_tools_write_around_a_digest_does_not_count(
    relay: RunningRelay, session: smtplib.SMTP, content: bytes
) -> None:
    relay.project("clients", {"payroll": content})
    assert authenticate(session, "payroll", PASSWORD) == ACCEPTED


@pytest.mark.parametrize(
    "content",
    [
        PASSWORD.encode(),
        DIGEST[:-1],
        DIGEST + b"0",
        b" " + DIGEST,
        DIGEST + b"  -\n",
        DIGEST[:32] + b"\n" + DIGEST[32:],
        b"",
        b"\n",
        b".*\n",
    ],
    ids=["plain", "short", "long", "indented", "as sha256sum prints it", "broken", "empty", "blank", "pattern"],
)
def test_a_line_that_is_no_digest_lets_nobody_in(relay: RunningRelay, session: smtplib.SMTP, content: bytes) -> None:
    relay.project("clients", {"payroll": content})
    assert authenticate(session, "payroll", PASSWORD) == REFUSED


@pytest.mark.parametrize("content", [b"", b"\n", DIGEST_OF_NOTHING], ids=["empty", "blank", "the digest of nothing"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_an_empty_password_is_never_taken(
    relay: RunningRelay, session: smtplib.SMTP, content: bytes, mechanism: str
) -> None:
    relay.project("clients", {"payroll": content})
    assert authenticate(session, "payroll", "", mechanism) == REFUSED


@pytest.mark.parametrize("password", [DIGEST.decode(), DIGEST.decode().upper()], ids=["as it is", "upper case"])
def test_who_reads_a_file_cannot_log_in_with_what_it_holds(
    relay: RunningRelay, session: smtplib.SMTP, password: str
) -> None:
    relay.project("clients", {"payroll": client_file(PASSWORD)})
    assert authenticate(session, "payroll", password) == REFUSED


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", ODD)
def test_odd_characters_in_a_password_are_characters_of_it(
    relay: RunningRelay, session: smtplib.SMTP, password: str, mechanism: str
) -> None:
    relay.project("clients", {"payroll": client_file(PASSWORD), "odd": client_file(password)})
    assert authenticate(session, "payroll", password, mechanism) == REFUSED
    assert authenticate(session, "odd", password, mechanism) == ACCEPTED
    assert "Warning" not in relay.log
