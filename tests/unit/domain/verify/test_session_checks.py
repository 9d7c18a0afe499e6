"""What a server says in its session is judged: greeting, STARTTLS, login in clear, versions, key exchange."""

from dataclasses import replace

import pytest

from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import Handshake, Offer, Session, TlsVersion, Trouble, VersionAnswer
from shared.domain.verify.session_checks import (
    key_exchange_check,
    session_checks,
    software,
    trouble_check,
    versions_check,
)
from tests.unit.domain.verify.chains import ABOUT

CLEAR = Offer(("PIPELINING", "SIZE 52428800", "STARTTLS", "HELP"), starttls=True, mechanisms=())
TLS = Offer(("PIPELINING", "SIZE 52428800", "AUTH PLAIN LOGIN", "HELP"), starttls=False, mechanisms=("PLAIN", "LOGIN"))
HANDSHAKE = Handshake("1.3", "TLS_AES_256_GCM_SHA384", "X25519", (b"leaf",))
SESSION = Session("exim.example ESMTP Exim 4.96 Mon, 30 Nov 2026", CLEAR, HANDSHAKE, TLS)


def verdicts(session: Session, *, implicit: bool = False) -> dict[str, tuple[str, str]]:
    checks = session_checks(ABOUT, session, 25, implicit=implicit)
    return {check.name: (check.status, check.reason) for check in checks}


def test_a_session_in_order_is_four_verdicts() -> None:
    assert verdicts(SESSION) == {
        "greeting": ("ok", "Greeted"),
        "starttls": ("ok", "StartTlsOffered"),
        "auth-before-tls": ("ok", "NoLoginInClear"),
        "capabilities": ("ok", "CapabilitiesRead"),
    }


def test_where_tls_comes_first_there_is_nothing_in_clear_to_judge() -> None:
    assert verdicts(replace(SESSION, in_clear=None), implicit=True).keys() == {"greeting", "capabilities"}


def test_what_tls_adds_to_the_capabilities_is_said() -> None:
    *_, capabilities = session_checks(ABOUT, SESSION, 25, implicit=False)
    assert capabilities.message == "PIPELINING, SIZE 52428800, HELP; TLS adds AUTH PLAIN LOGIN"


@pytest.mark.parametrize(
    ("greeting", "known"),
    [
        ("exim.example ESMTP Exim 4.96 Mon, 30 Nov 2026 11:28:47 +0000", "Exim 4.96"),
        ("mx.example.net ESMTP Postfix (Debian/GNU)", "Postfix"),
        ("mx.example.net ESMTP Sendmail 8.17.1/8.17.1; Mon", "Sendmail 8.17.1"),
        ("mx.google.com ESMTP 5b1f17b1804b1-42f5d - gsmtp", "gsmtp"),
        ("AM1 Microsoft ESMTP MAIL Service ready at Mon", "Microsoft ESMTP"),
        ("exim.example.net ESMTP", ""),
        ("", ""),
    ],
)
def test_software_is_read_from_the_greeting_behind_the_host(greeting: str, known: str) -> None:
    assert software(greeting) == known


@pytest.mark.parametrize(
    ("session", "check", "verdict"),
    [
        (
            Session("mx", replace(CLEAR, starttls=False)),
            "starttls",
            ("failed", "StartTlsNotOffered"),
        ),
        (replace(SESSION, in_tls=replace(TLS, starttls=True)), "starttls", ("warning", "StartTlsOfferedAgain")),
        (
            replace(SESSION, in_clear=replace(CLEAR, mechanisms=("PLAIN",))),
            "auth-before-tls",
            ("failed", "AuthOfferedInClear"),
        ),
    ],
    ids=["no STARTTLS", "STARTTLS again", "AUTH in clear"],
)
def test_each_fault_of_a_session_has_its_verdict(session: Session, check: str, verdict: tuple[str, str]) -> None:
    assert verdicts(session)[check] == verdict


def test_a_session_that_ends_in_starttls_has_one_verdict_of_it() -> None:
    refused = Trouble("starttls", "StartTlsRefused", "STARTTLS refused: 454 TLS currently unavailable")
    checks = list(session_checks(ABOUT, Session("mx", CLEAR, trouble=refused), 25, implicit=False))
    assert [(check.name, check.status) for check in checks] == [
        ("greeting", "ok"),
        ("auth-before-tls", "ok"),
        ("starttls", "failed"),
    ]


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble("connect", "ConnectionRefused", "connection refused"), "failed"),
        (Trouble("connect", "NoIpv6Route", "network is unreachable"), "warning"),
        (Trouble("greeting", "ServerBusy", "busy at the greeting: 421"), "unknown"),
        (Trouble("greeting", "TurnedAway", "turned away at the greeting: 554"), "unknown"),
        (Trouble("greeting", "NotGreeted", "no SMTP reply at the greeting: SSH-2.0"), "failed"),
        (Trouble("handshake", "OutOfTime", "no time was left"), "unknown"),
    ],
)
def test_a_server_that_is_busy_or_turns_us_away_is_unknown_and_never_failed(trouble: Trouble, status: str) -> None:
    assert trouble_check(ABOUT, trouble, 25).status == status


def test_a_silent_port_25_comes_with_the_advice_that_networks_block_it() -> None:
    silent = Trouble("connect", "ConnectionTimedOut", "no connection within 5 s")
    assert "block port 25 outbound" in trouble_check(ABOUT, silent, 25).remedy
    assert "block port 25" not in trouble_check(ABOUT, silent, 587).remedy


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [("example.net", 25, True), ("example.net", 587, False), ("192.0.2.7", 25, False), ("2001:db8::7", 25, False)],
)
def test_a_domain_without_a_server_at_port_25_comes_with_the_advice_to_look_for_its_mx(
    host: str, port: int, told: bool
) -> None:
    refused = Trouble("connect", "ConnectionRefused", "connection refused")
    remedy = trouble_check(ObjectRef("relay", host), refused, port).remedy
    assert ("dig +short MX example.net" in remedy) == told


ALL: dict[TlsVersion, VersionAnswer] = {"1.3": "accepted", "1.2": "accepted", "1.1": "refused", "1.0": "refused"}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, ("ok", "OnlyModernTls")),
        ({"1.3": "refused"}, ("ok", "OnlyModernTls")),
        ({"1.0": "accepted"}, ("warning", "OldTlsAccepted")),
        ({"1.1": "not asked", "1.0": "not asked"}, ("ok", "OldTlsNotAsked")),
        ({"1.1": "unknown", "1.0": "unknown"}, ("unknown", "TlsVersionsUnknown")),
        ({"1.3": "refused", "1.2": "refused", "1.0": "accepted"}, ("failed", "NoModernTls")),
        ({"1.3": "refused", "1.2": "unknown"}, ("unknown", "TlsVersionsUnknown")),
    ],
)
def test_old_versions_are_a_warning_and_none_of_the_new_a_failure(
    change: dict[TlsVersion, VersionAnswer], verdict: tuple[str, str]
) -> None:
    check = versions_check(ABOUT, {**ALL, **change})
    assert (check.status, check.reason) == verdict


def test_the_versions_are_said_in_one_sentence() -> None:
    assert versions_check(ABOUT, ALL).message == "1.3 and 1.2 accepted, 1.1 and 1.0 refused"
    unable = versions_check(ABOUT, {**ALL, "1.1": "not asked", "1.0": "not asked"})
    assert unable.message == "1.3 and 1.2 accepted, 1.1 and 1.0 not asked (this machine's TLS library cannot)"


@pytest.mark.parametrize(
    ("version", "cipher", "reason"),
    [
        ("1.3", "TLS_AES_128_GCM_SHA256", "ForwardSecrecy"),
        ("1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "ForwardSecrecy"),
        ("1.2", "DHE-RSA-AES256-GCM-SHA384", "ForwardSecrecy"),
        ("1.2", "AES256-GCM-SHA384", "NoForwardSecrecy"),
    ],
)
def test_a_static_key_exchange_is_a_warning(version: str, cipher: str, reason: str) -> None:
    check = key_exchange_check(ABOUT, Handshake(version, cipher, "", (b"leaf",)))
    assert (check.status, check.reason) == ("ok" if reason == "ForwardSecrecy" else "warning", reason)
