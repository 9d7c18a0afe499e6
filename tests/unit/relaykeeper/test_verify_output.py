"""What `verify` prints, letter by letter: for people, for programs, for Prometheus; and the exit code."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from relaykeeper.exit_codes import ExitCode
from relaykeeper.verify.json_text import as_json
from relaykeeper.verify.prometheus import as_prometheus
from relaykeeper.verify.report import Report
from relaykeeper.verify.target import read_target
from relaykeeper.verify.text import Style, as_text
from shared.domain.checks import Check, CheckStatus
from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import Answers, Handshake, Offer, Session, Trouble
from shared.domain.verify.verdicts import AddressVerdicts, Verdict

AT = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
NAME = "mail.example.net"
ABOUT = ObjectRef("relay", NAME)


def certificate() -> bytes:
    """Return a certificate that is the same each time: Ed25519 signs without randomness."""
    key = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")]))
        .public_key(key)
        .serial_number(4711)
        .not_valid_before(AT - timedelta(days=80))
        .not_valid_after(AT + timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(Ed25519PrivateKey.from_private_bytes(bytes(32)), None)
        .public_bytes(Encoding.DER)
    )


def check(name: str, status: CheckStatus, reason: str, message: str, remedy: str = "") -> Check:
    return Check(name, ABOUT, status, reason, message, remedy)


FIRST = AddressVerdicts(
    Answers(
        "192.0.2.7",
        Session(
            "mail.example.net ESMTP Exim 4.98",
            Offer(("SIZE 52428800", "STARTTLS"), starttls=True, mechanisms=()),
            Handshake("1.3", "TLS_AES_256_GCM_SHA384", "X25519", (certificate(),)),
            Offer(("SIZE 52428800", "AUTH PLAIN"), starttls=False, mechanisms=("PLAIN",)),
        ),
        {"1.3": "accepted", "1.2": "accepted", "1.1": "refused", "1.0": "refused"},
    ),
    (
        Verdict(NAME, check("greeting", "ok", "Greeted", "mail.example.net, Exim 4.98")),
        Verdict(
            NAME,
            check(
                "expiry",
                "warning",
                "ExpiresSoon",
                "2026-12-10 11:00 UTC, in 10 days, within 21 days",
                "Renew it, and have the server load it.",
            ),
        ),
        Verdict("", check("without-sni", "ok", "SameCertificate", "the same certificate")),
    ),
)
SECOND = AddressVerdicts(
    Answers(
        "2001:db8::7", Session(trouble=Trouble("greeting", "ServerBusy", "busy at the greeting: 421 \x1b[2Jlater"))
    ),
    (
        Verdict(
            NAME,
            check(
                "greeting",
                "unknown",
                "ServerBusy",
                "busy at the greeting: 421 \x1b[2Jlater",
                "Run it again in a minute: the server limits its sessions.",
            ),
        ),
    ),
)
REPORT = Report(
    read_target(NAME, [], tls=False, starttls=False),
    AT,
    1.234,
    "this machine",
    (FIRST, SECOND),
    not_asked=("a login (--user)",),
)

TEXT = """\
mail.example.net:25, STARTTLS, roots of this machine

192.0.2.7
  ok       greeting     mail.example.net, Exim 4.98
  warn     expiry       2026-12-10 11:00 UTC, in 10 days, within 21 days
                        > Renew it, and have the server load it.
  ok       without-sni  the same certificate

2001:db8::7
  unknown  greeting     busy at the greeting: 421 [2Jlater
                        > Run it again in a minute: the server limits its sessions.

not asked: a login (--user)
2 addresses: 2 ok, 1 warning, 0 failed, 1 unknown, in 1.2 s"""

PROMETHEUS = Path(__file__).with_name("verify.prom")

JSON = {
    "host": NAME,
    "port": 25,
    "tls_first": False,
    "name": NAME,
    "roots": "this machine",
    "at": "2026-11-30T11:00:00Z",
    "seconds": 1.234,
    "addresses": [
        {
            "address": "192.0.2.7",
            "greeting": "mail.example.net ESMTP Exim 4.98",
            "software": "Exim 4.98",
            "capabilities": {"clear": ["SIZE 52428800", "STARTTLS"], "tls": ["SIZE 52428800", "AUTH PLAIN"]},
            "tls": {
                "version": "1.3",
                "cipher": "TLS_AES_256_GCM_SHA384",
                "group": "X25519",
                "versions": {"1.3": "accepted", "1.2": "accepted", "1.1": "refused", "1.0": "refused"},
            },
            "chain": [
                {
                    "subject": f"CN={NAME}",
                    "issuer": "CN=Example CA",
                    "names": [NAME],
                    "key": "ec-256",
                    "serial": "1267",
                    "sha256": "8d780aeb94cb3ec7241632dd034fda2c6251abfe133ac415eb9e455bba7b4b3a",
                    "not_before": "2026-09-11T11:00:00Z",
                    "not_after": "2026-12-10T11:00:00Z",
                }
            ],
            "checks": [
                {
                    "name": "greeting",
                    "server_name": NAME,
                    "status": "ok",
                    "reason": "Greeted",
                    "message": "mail.example.net, Exim 4.98",
                    "remedy": "",
                },
                {
                    "name": "expiry",
                    "server_name": NAME,
                    "status": "warning",
                    "reason": "ExpiresSoon",
                    "message": "2026-12-10 11:00 UTC, in 10 days, within 21 days",
                    "remedy": "Renew it, and have the server load it.",
                },
                {
                    "name": "without-sni",
                    "server_name": "",
                    "status": "ok",
                    "reason": "SameCertificate",
                    "message": "the same certificate",
                    "remedy": "",
                },
            ],
        }
    ],
    "addresses_left_out": 0,
    "not_asked": ["a login (--user)"],
    "failure": "",
    "timed_out": False,
    "summary": {"ok": 2, "warning": 1, "failed": 0, "unknown": 0},
    "exit_code": 0,
}


def test_people_get_a_line_for_each_verdict_grouped_by_address_and_a_sum() -> None:
    assert as_text(REPORT, Style()) == TEXT


def test_addresses_that_serve_different_certificates_are_named() -> None:
    stale = replace(FIRST.answers.session.handshake, chain=(b"another",))  # type: ignore[type-var]
    session = replace(FIRST.answers.session, handshake=stale)
    other = replace(FIRST, answers=replace(FIRST.answers, address="192.0.2.8", session=session))
    line = "not the same certificate everywhere: 8d780aeb94cb at 192.0.2.7; ae448ac86c4e at 192.0.2.8"
    assert line in as_text(replace(REPORT, addresses=(FIRST, other)), Style()).splitlines()
    assert "not the same certificate" not in as_text(replace(REPORT, addresses=(FIRST, FIRST)), Style())


def test_in_a_pipe_a_verdict_is_one_line_and_on_a_terminal_none_is_wider_than_it() -> None:
    long = replace(REPORT, addresses=(FIRST.plus(check("chain", "failed", "ChainFaulty", "word " * 60)),))
    assert max(map(len, as_text(long, Style()).splitlines())) > 300
    for width in (60, 100, 300):
        assert max(map(len, as_text(long, Style(width)).splitlines())) <= min(width, 100)


def test_colour_is_of_the_status_alone() -> None:
    lines = as_text(REPORT, Style(100, colour=True)).splitlines()
    assert "  \x1b[32mok     \x1b[0m  greeting     mail.example.net, Exim 4.98" in lines
    assert "\x1b[2J" not in "".join(lines)


def test_programs_get_everything_that_was_answered() -> None:
    assert json.loads(as_json(replace(REPORT, addresses=(FIRST,)))) == JSON


def test_an_address_without_an_answer_has_the_same_fields_in_json() -> None:
    first, second = json.loads(as_json(REPORT))["addresses"]
    assert first.keys() == second.keys()
    assert (second["capabilities"], second["tls"], second["chain"]) == ({"clear": None, "tls": None}, None, [])


def test_prometheus_gets_gauges() -> None:
    assert f"{as_prometheus(REPORT)}\n" == PROMETHEUS.read_text("utf-8")


def test_prometheus_is_told_of_a_name_that_does_not_resolve() -> None:
    nothing = as_prometheus(replace(REPORT, addresses=(), failure="mail.example.net does not resolve"))
    assert 'relaykeeper_verify_success{host="mail.example.net",port="25"} 0' in nothing.splitlines()
    assert "check_status" not in nothing


UNREACHED = AddressVerdicts(
    Answers("192.0.2.8", Session(trouble=Trouble("connect", "ConnectionRefused", "connection refused"))),
    (Verdict(NAME, check("connect", "failed", "ConnectionRefused", "connection refused")),),
)
WITHOUT_ROUTE = replace(
    UNREACHED, verdicts=(Verdict(NAME, check("connect", "warning", "NoIpv6Route", "network is unreachable")),)
)
WRONG = FIRST.plus(check("chain", "failed", "IssuerMissing", "no"))
OUT_OF_TIME = FIRST.plus(check("wrong-sni", "unknown", "OutOfTime", "no time was left"))


@pytest.mark.parametrize(
    ("addresses", "timed_out", "code"),
    [
        ((FIRST,), False, ExitCode.DONE),
        ((FIRST, WITHOUT_ROUTE), False, ExitCode.DONE),
        ((FIRST, WRONG), False, ExitCode.NOT_AS_IT_SHOULD_BE),
        ((FIRST, UNREACHED), False, ExitCode.NOT_AS_IT_SHOULD_BE),
        ((FIRST, SECOND), False, ExitCode.UNAVAILABLE),
        ((SECOND, WRONG), False, ExitCode.NOT_AS_IT_SHOULD_BE),
        ((OUT_OF_TIME,), True, ExitCode.UNAVAILABLE),
        ((UNREACHED, UNREACHED), False, ExitCode.NETWORK),
        ((WITHOUT_ROUTE,), False, ExitCode.NETWORK),
        ((), False, ExitCode.NETWORK),
        ((), True, ExitCode.UNAVAILABLE),
    ],
)
def test_the_exit_code_says_what_was_found(
    addresses: tuple[AddressVerdicts, ...], timed_out: bool, code: ExitCode
) -> None:
    assert replace(REPORT, addresses=addresses, timed_out=timed_out).exit_code == code
