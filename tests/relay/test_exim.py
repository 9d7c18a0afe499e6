"""What the reference relay promises its clients, and whoever renews its certificates and passwords."""

import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.relay.clients import anyone, authenticate, client_file
from tests.relay.conftest import ADDRESS, EXIM, Certificate, RunningRelay

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
    relay.project("clients", {"payroll": client_file(PASSWORD), "empty": b"", "blank": b"\n"})


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


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("nobody", PASSWORD),
        ("../clients/payroll", PASSWORD),
        ("..data/payroll", PASSWORD),
        ("..data", ""),
        ("pay*", PASSWORD),
        ("empty", ""),
        ("blank", ""),
        ("", ""),
    ],
)
def test_a_user_name_is_not_a_path(secured: smtplib.SMTP, user: str, password: str) -> None:
    assert authenticate(secured, user, password) == AUTH_REFUSED


def test_a_changed_password_holds_from_the_next_login(relay: RunningRelay, secured: smtplib.SMTP) -> None:
    relay.project("clients", {"payroll": client_file("changed")})

    assert authenticate(secured, "payroll", PASSWORD) == AUTH_REFUSED
    assert authenticate(secured, "payroll", "changed") == AUTH_ACCEPTED


@pytest.mark.parametrize(
    ("sni", "expected"),
    [
        ("mail.example", "mail.example"),
        ("other.example", "other.example"),
        ("MAIL.Example", "mail.example"),
        ("unknown.example", "default"),
        ("-mail.example", "default"),
        ("mail.example.", "default"),
        ("default", "default"),
        (f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 60}", "default"),  # too long for a file
        (None, "default"),
    ],
)
def test_each_name_gets_its_certificate(
    relay: RunningRelay, certificates: Certificates, sni: str | None, expected: str
) -> None:
    assert served(relay, sni) == certificates[expected].leaf
    assert "Warning" not in relay.log


@pytest.mark.parametrize(
    "name", ["a/b", "../../etc/passwd", "..data", "mail example", "mail.example\t", "é", "x" * 217]
)
def test_a_name_that_no_file_can_have_gets_the_default(relay: RunningRelay, name: str) -> None:
    argv: list[str | Path] = [EXIM, "-C", relay.root / "etc/exim4/exim4.conf", f"-DRELAY_ROOT={relay.root}"]
    chosen = subprocess.check_output([*argv, "-be", f"${{acl {{certificate}}{{{name}}}}}"], text=True)
    assert Path(chosen.rstrip()).name == f"default.{OLD}.pem"
    assert "Warning" not in relay.log


@pytest.mark.parametrize("sni", ["a/b", "mail_.example", "mail example", "*"])
def test_gnutls_itself_refuses_a_name_with_other_letters_and_the_next_session_is_served(
    relay: RunningRelay, certificates: Certificates, sni: str
) -> None:
    with pytest.raises(ssl.SSLError, match="ILLEGAL_PARAMETER"):
        served(relay, sni)
    assert served(relay, "mail.example") == certificates["mail.example"].leaf


@pytest.mark.parametrize("garbage", [b"", b"../../etc/passwd", b"0" * 31, b"0" * 32, b"\n" * 2, b"\xff" * 5000, None])
@pytest.mark.parametrize("sni", ["mail.example", "other.example"])
def test_a_name_without_a_readable_version_gets_the_default(
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
