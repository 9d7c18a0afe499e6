"""What the reference relay promises its clients, and whoever renews its certificates and passwords."""

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.relay.conftest import ADDRESS, Certificate, RunningRelay

PASSWORD = "open sesame"  # noqa: S105 of a client that exists in this file alone
AUTH_REQUIRED, AUTH_ACCEPTED, AUTH_REFUSED, NOT_OFFERED = 550, 235, 535, 503
OLD, NEW = "0123456789abcdef" * 2, "fedcba9876543210" * 2

type Certificates = dict[str, Certificate]


@pytest.fixture(scope="module")
def certificates(relay: RunningRelay) -> Certificates:
    return {name: relay.certificate(name) for name in ("default", "mail.example", "other.example")}


@pytest.fixture(autouse=True)
def projected(relay: RunningRelay, certificates: Certificates) -> None:
    """Each test begins with the same certificates and clients."""
    relay.project("tls", at_version(OLD, certificates))
    relay.project("clients", {"payroll": PASSWORD.encode(), "newline": f"{PASSWORD}\n".encode(), "empty": b""})


def at_version(version: str, certificates: Certificates) -> dict[str, bytes]:
    """The files of a version, and those that name it."""
    bundles = {f"{name}.{version}.pem": certificate.bundle for name, certificate in certificates.items()}
    return bundles | {f"{name}.current": version.encode() for name in certificates}


@pytest.fixture
def session(relay: RunningRelay) -> Iterator[smtplib.SMTP]:
    """A session before STARTTLS."""
    with smtplib.SMTP(ADDRESS, relay.port, timeout=10) as session:
        session.ehlo()
        yield session


@pytest.fixture
def secured(session: smtplib.SMTP) -> smtplib.SMTP:
    """A session after STARTTLS."""
    session.starttls(context=anyone())
    session.ehlo()
    return session


def anyone() -> ssl.SSLContext:
    """Take whatever certificate is served: the tests compare it themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def served(relay: RunningRelay, sni: str | None) -> bytes | None:
    """The leaf of a STARTTLS handshake (DER)."""
    with smtplib.SMTP(ADDRESS, relay.port, timeout=10) as session:
        session.ehlo()
        session.docmd("STARTTLS")
        assert session.sock
        with anyone().wrap_socket(session.sock, server_hostname=sni) as secured:
            session.sock = secured
            session.file = None
            leaf = secured.getpeercert(binary_form=True)
            session.close()
            return leaf


def authenticate(session: smtplib.SMTP, user: str, password: str, mechanism: str = "PLAIN") -> int:
    """The reply code to AUTH (RFC 4954; LOGIN is draft-murchison-sasl-login)."""

    def encoded(text: str) -> str:
        return b64encode(text.encode()).decode()

    if mechanism == "PLAIN":
        return session.docmd("AUTH", f"PLAIN {encoded(f'\0{user}\0{password}')}")[0]
    session.docmd("AUTH", "LOGIN")
    session.docmd(encoded(user))
    return session.docmd(encoded(password))[0]


def test_a_stranger_may_not_relay(secured: smtplib.SMTP) -> None:
    secured.mail("someone@example.org")
    assert secured.rcpt("other@example.net")[0] == AUTH_REQUIRED


def test_a_client_may_relay(secured: smtplib.SMTP) -> None:
    authenticate(secured, "payroll", PASSWORD)
    assert secured.sendmail("payroll@example.org", ["other@example.net"], "Subject: test\r\n\r\n") == {}


def test_auth_is_neither_offered_nor_taken_before_starttls(session: smtplib.SMTP) -> None:
    assert not session.has_extn("auth")
    assert authenticate(session, "payroll", PASSWORD) == NOT_OFFERED


def test_auth_is_offered_after_starttls(secured: smtplib.SMTP) -> None:
    assert secured.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_the_right_password_is_accepted_and_a_wrong_one_refused(secured: smtplib.SMTP, mechanism: str) -> None:
    assert authenticate(secured, "payroll", "wrong", mechanism) == AUTH_REFUSED
    assert authenticate(secured, "payroll", PASSWORD, mechanism) == AUTH_ACCEPTED


def test_a_newline_at_the_end_of_a_password_file_does_not_count(secured: smtplib.SMTP) -> None:
    assert authenticate(secured, "newline", PASSWORD) == AUTH_ACCEPTED


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("nobody", PASSWORD),
        ("../clients/payroll", PASSWORD),
        ("..data/payroll", PASSWORD),
        ("..data", ""),
        ("pay*", PASSWORD),
        ("empty", ""),
        ("", ""),
    ],
)
def test_a_user_name_is_not_a_path(secured: smtplib.SMTP, user: str, password: str) -> None:
    assert authenticate(secured, user, password) == AUTH_REFUSED


def test_a_changed_password_holds_from_the_next_login(relay: RunningRelay, secured: smtplib.SMTP) -> None:
    relay.project("clients", {"payroll": b"changed"})

    assert authenticate(secured, "payroll", PASSWORD) == AUTH_REFUSED
    assert authenticate(secured, "payroll", "changed") == AUTH_ACCEPTED


@pytest.mark.parametrize(
    ("sni", "expected"),
    [
        ("mail.example", "mail.example"),
        ("other.example", "other.example"),
        ("MAIL.Example", "mail.example"),
        ("unknown.example", "default"),
        (None, "default"),
    ],
)
def test_each_name_gets_its_certificate(
    relay: RunningRelay, certificates: Certificates, sni: str | None, expected: str
) -> None:
    assert served(relay, sni) == certificates[expected].leaf


@pytest.mark.parametrize("garbage", [b"", b"../../etc/passwd", b"0" * 31, b"0" * 32, b"\n" * 2, b"\xff" * 5000, None])
@pytest.mark.parametrize("sni", ["mail.example", "other.example"])
def test_a_name_whose_version_cannot_be_told_gets_the_default(
    relay: RunningRelay, certificates: Certificates, garbage: bytes | None, sni: str
) -> None:
    files = {**at_version(OLD, certificates), "mail.example.current": garbage}
    relay.project("tls", {file: content for file, content in files.items() if content is not None})

    expected = "default" if sni == "mail.example" else sni
    assert served(relay, sni) == certificates[expected].leaf


def test_a_swap_is_served_by_the_next_handshake(relay: RunningRelay, certificates: Certificates) -> None:
    assert served(relay, "mail.example") == certificates["mail.example"].leaf

    renewed = certificates | {"mail.example": relay.certificate("mail.example")}
    relay.project("tls", at_version(OLD, certificates) | at_version(NEW, renewed))

    assert served(relay, "mail.example") == renewed["mail.example"].leaf
    assert served(relay, None) == certificates["default"].leaf
