"""What a client of the reference relay cannot do to it, nor to those behind the same address."""

import smtplib
import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import batched
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.fakes.leaves import Signer
from tests.relay.clients import anyone, authenticate, client_file, secured_session
from tests.relay.conftest import ADDRESS, CONFIGURATION, NO_DELAY, RunningRelay, running

PASSWORD = "open sesame"  # noqa: S105 of clients that exist in this file alone
ACCEPTED, REFUSED = 235, 535
VERSION = "0123456789abcdef" * 2
FAILURES_A_SESSION = 3
DIFFERENT_FAILURES = 10
CONNECTIONS = 50


@pytest.fixture(scope="module")
def relay(relay: RunningRelay) -> RunningRelay:
    """The reference relay, but that failed logins are answered at once."""
    supply(relay)
    return relay


@pytest.fixture(scope="module")
def unchanged(folder: Path) -> Iterator[RunningRelay]:
    """The reference relay with its own limits."""
    with running(folder / "unchanged", CONFIGURATION) as relay:
        supply(relay)
        yield relay


@pytest.fixture(scope="module")
def narrow(folder: Path) -> Iterator[RunningRelay]:
    """The reference relay with limits that are soon reached, and soon over."""
    macros = ["RELAY_ALL_SESSIONS=5", "RELAY_ADDRESS_SESSIONS=3", "RELAY_LOGIN_FAILURES=2 / 2s"]
    with running(folder / "narrow", CONFIGURATION, NO_DELAY, *(f"-D{macro}" for macro in macros)) as relay:
        supply(relay)
        yield relay


def supply(relay: RunningRelay) -> None:
    """Bring an EC certificate, an RSA one for `rsa.example`, and two clients."""
    key = rsa.generate_private_key(65537, 2048)
    leaf = Signer("Test CA").issue(key.public_key(), "rsa.example").public_bytes(Encoding.PEM)
    relay.project(
        "tls",
        {
            "default.current": VERSION.encode(),
            f"default.{VERSION}.pem": relay.certificate("default").bundle,
            "rsa.example.current": VERSION.encode(),
            f"rsa.example.{VERSION}.pem": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf,
        },
    )
    relay.project("clients", {"payroll": client_file(PASSWORD), "intranet": client_file(PASSWORD)})


def guess(relay: RunningRelay, client: str, user: str, passwords: Iterable[str]) -> set[int]:
    """Try these passwords, several sessions side by side; the codes of the replies."""

    def in_one_session(some: tuple[str, ...]) -> list[int]:
        with secured_session(relay, client) as session:
            return [authenticate(session, user, password) for password in some]

    with ThreadPoolExecutor(8) as threads:
        replies = threads.map(in_one_session, batched(passwords, FAILURES_A_SESSION, strict=False))
        return {code for replied in replies for code in replied}


def login(relay: RunningRelay, client: str, user: str, mechanism: str = "PLAIN") -> int:
    with secured_session(relay, client) as session:
        return authenticate(session, user, PASSWORD, mechanism)


@pytest.mark.parametrize(("client", "mechanism"), [("127.0.1.1", "PLAIN"), ("127.0.1.2", "LOGIN")])
def test_a_guesser_gets_no_answer_to_a_twelfth_password(relay: RunningRelay, client: str, mechanism: str) -> None:
    assert guess(relay, client, "payroll", [f"guess {n}" for n in range(DIFFERENT_FAILURES + 1)]) == {REFUSED}
    assert login(relay, client, "payroll", mechanism) == REFUSED
    assert f"payroll is locked out at {client}" in relay.log


def test_fewer_mistakes_lock_nobody_out(relay: RunningRelay) -> None:
    assert guess(relay, "127.0.1.3", "payroll", [f"typo {n}" for n in range(DIFFERENT_FAILURES - 1)]) == {REFUSED}
    assert login(relay, "127.0.1.3", "payroll") == ACCEPTED


@pytest.mark.parametrize(
    ("client", "guessed"), [("127.0.2.1", "payroll"), ("127.0.2.2", "nobody"), ("127.0.2.3", "a/b"), ("127.0.2.4", "")]
)
def test_who_guesses_locks_out_neither_others_at_the_address_nor_the_user_elsewhere(
    relay: RunningRelay, client: str, guessed: str
) -> None:
    guess(relay, client, guessed, [f"guess {n}" for n in range(3 * DIFFERENT_FAILURES)])

    assert login(relay, client, "intranet") == ACCEPTED
    assert login(relay, "127.0.2.99", "payroll") == ACCEPTED


@pytest.mark.parametrize(
    ("client", "old"), [("127.0.3.1", "closed sesame"), ("127.0.3.2", "old / strict / x"), ("127.0.3.3", "")]
)
def test_one_that_keeps_the_old_password_does_not_lock_out_one_that_has_the_new(
    relay: RunningRelay, client: str, old: str
) -> None:
    guess(relay, client, "payroll", [old] * 3 * DIFFERENT_FAILURES)
    assert login(relay, client, "payroll") == ACCEPTED


def test_passwords_with_slashes_are_counted_as_any_others(relay: RunningRelay) -> None:
    guess(relay, "127.0.3.4", "payroll", [f"guess / strict / {n}" for n in range(2 * DIFFERENT_FAILURES)])
    assert login(relay, "127.0.3.4", "payroll") == REFUSED


def test_a_lockout_ends(narrow: RunningRelay) -> None:
    guess(narrow, "127.0.4.1", "payroll", ["one", "two", "three"])
    assert login(narrow, "127.0.4.1", "payroll") == REFUSED

    deadline = time.monotonic() + 10
    while login(narrow, "127.0.4.1", "payroll") == REFUSED:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_session_ends_after_three_failed_logins(relay: RunningRelay) -> None:
    with secured_session(relay, "127.0.5.1") as session:
        for user in ("nobody", "payroll", "other"):
            assert authenticate(session, user, "wrong") == REFUSED
        assert session.docmd("AUTH", "PLAIN") == (REFUSED, b"too many failed logins in this session")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            session.noop()


@pytest.mark.parametrize("user", ["payroll", "nobody"])
def test_a_failed_login_takes_a_second_and_no_other_does(unchanged: RunningRelay, user: str) -> None:
    with secured_session(unchanged, "127.0.5.2") as session:
        began = time.monotonic()
        assert authenticate(session, user, "wrong") == REFUSED
        failed = time.monotonic()
        assert authenticate(session, "intranet", PASSWORD) == ACCEPTED
    assert 1 <= failed - began < 2
    assert time.monotonic() - failed < 1


def test_a_client_that_fills_its_connections_shuts_out_itself_alone(unchanged: RunningRelay) -> None:
    with held(unchanged, "127.0.6.1", CONNECTIONS) as sessions:
        with pytest.raises(smtplib.SMTPConnectError, match="421"):
            greeted(unchanged, "127.0.6.1")
        greeted(unchanged, "127.0.6.2").close()

        sessions[0].close()
        wait_until_greeted(unchanged, "127.0.6.1")


def test_all_limits_can_be_set(narrow: RunningRelay) -> None:
    with held(narrow, "127.0.6.3", 3), held(narrow, "127.0.6.4", 2):
        for client in ("127.0.6.3", "127.0.6.4", "127.0.6.5"):
            with pytest.raises(smtplib.SMTPConnectError, match="421"):
                greeted(narrow, client)


def test_tls_1_2_has_ecdhe_and_authenticated_encryption_alone(relay: RunningRelay) -> None:
    assert suites(relay, "default") == {
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    }
    assert suites(relay, "rsa.example") == {
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-GCM-SHA256",
    }


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_older_tls_is_refused(relay: RunningRelay, version: ssl.TLSVersion) -> None:
    tls = anyone()
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version = tls.maximum_version = version
    with pytest.raises((ssl.SSLError, OSError)):
        handshake(relay, "default", tls)


def test_tls_1_3_is_spoken_by_who_can(relay: RunningRelay) -> None:
    assert handshake(relay, "default", anyone()).startswith("TLS_")


def suites(relay: RunningRelay, name: str) -> set[str]:
    """Every suite that a client of TLS 1.2 can agree on."""
    tls = anyone()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    found: set[str] = set()
    while True:
        tls.set_ciphers(":".join(["ALL", "COMPLEMENTOFALL", *(f"!{suite}" for suite in found), "@SECLEVEL=0"]))
        try:
            found.add(handshake(relay, name, tls))
        except ssl.SSLError:
            return found


def handshake(relay: RunningRelay, name: str, tls: ssl.SSLContext) -> str:
    """The suite that was agreed on; raises ssl.SSLError if there is none."""
    with smtplib.SMTP(ADDRESS, relay.port, timeout=10) as session:
        session.ehlo()
        session.docmd("STARTTLS")
        assert session.sock
        with tls.wrap_socket(session.sock, server_hostname=name) as secured:
            session.close()
            agreed = secured.cipher()
            assert agreed
            return agreed[0]


@contextmanager
def held(relay: RunningRelay, client: str, number: int) -> Iterator[list[smtplib.SMTP]]:
    """Keep so many greeted connections from one address."""
    with ExitStack() as sessions:
        yield [sessions.enter_context(closing(greeted(relay, client))) for _ in range(number)]


def greeted(relay: RunningRelay, client: str) -> smtplib.SMTP:
    """A session that the relay has greeted; raises SMTPConnectError for another reply."""
    return smtplib.SMTP(ADDRESS, relay.port, timeout=10, source_address=(client, 0))


def wait_until_greeted(relay: RunningRelay, client: str) -> None:
    """The daemon takes a moment to see that a session has ended."""
    deadline = time.monotonic() + 10
    while True:
        try:
            greeted(relay, client).close()
        except smtplib.SMTPConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
