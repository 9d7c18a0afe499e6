"""A login proves that a relay takes a password, and the password goes to no other server and never in clear."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.clients.login import WAYS, ExpectedServer, Login, LoginReason, LoginResult, LoginWay
from shared.domain.clients.password import Password
from tests.e2e import leaks
from tests.fakes.inventory import NOW
from tests.fakes.leaves import LIFETIME
from tests.wire.smtp.auth_servers import AuthServer, encode
from tests.wire.smtp.servers import Shown, question, serving

NAME = "mail.example.net"
USER = "payroll"
EHLO = "EHLO [127.0.0.1]"
CANARY = "canary-that-must-not-sing"
AT_ONCE, ASKED, LOGIN_AT_ONCE, LOGIN_ASKED = WAYS


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


def expecting(shown: Shown) -> ExpectedServer:
    return ExpectedServer(NAME, NOW, (shown.root,), frozenset({shown.thumbprint}))


def log_in(
    server: AuthServer, expected: ExpectedServer, way: LoginWay = LOGIN_ASKED, sni: str | None = NAME
) -> LoginResult:
    with serving(server) as port:
        login = Login(question(port, sni), USER, Password(CANARY), way, expected)
        [result] = SmtpProber(seconds=5).log_in([login])
    assert result.login is login
    assert leaks_in(repr(result)) == []
    return result


def leaks_in(*texts: str) -> Sequence[str]:
    return leaks.leaks(
        [leaks.text("the password", CANARY)], {str(place): text.encode() for place, text in enumerate(texts)}
    )


def got_the_password(server: AuthServer) -> bool:
    return leaks_in(*server.heard) != []


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_right_password_is_accepted_by_each_way_and_a_wrong_one_refused(shown: Shown, way: LoginWay) -> None:
    good = log_in(AuthServer(shown, {USER: CANARY}), expecting(shown), way)
    assert (good.reason, good.code, good.message) == ("Accepted", 235, "235 Authentication succeeded")

    bad = log_in(AuthServer(shown, {USER: "another"}), expecting(shown), way)
    assert (bad.reason, bad.is_refusal, bad.message) == ("Refused", True, "535 Incorrect authentication data")


@pytest.mark.parametrize(
    ("way", "exchange"),
    [
        (AT_ONCE, [f"AUTH PLAIN {encode(f'\0{USER}\0{CANARY}')}"]),
        (ASKED, ["AUTH PLAIN", encode(f"\0{USER}\0{CANARY}")]),
        (LOGIN_AT_ONCE, [f"AUTH LOGIN {encode(USER)}", encode(CANARY)]),
        (LOGIN_ASKED, ["AUTH LOGIN", encode(USER), encode(CANARY)]),
    ],
    ids=["PLAIN at once", "PLAIN asked", "LOGIN at once", "LOGIN asked"],
)
def test_a_login_is_said_in_tls_and_nothing_is_sent_after_it(shown: Shown, way: LoginWay, exchange: list[str]) -> None:
    server = AuthServer(shown, {USER: CANARY})
    log_in(server, expecting(shown), way)
    assert server.said == [EHLO, "STARTTLS", EHLO, *exchange, "QUIT"]


FOREIGN = {
    "another certificate": lambda own, _: expecting(own),
    "another root": lambda own, other: replace(expecting(other), roots=(own.root,)),
    "another name": lambda _, other: replace(expecting(other), name="other.example.net"),
    "out of date": lambda _, other: replace(expecting(other), at=NOW + 2 * LIFETIME),
    "a name and a root alone": lambda own, _: ExpectedServer(NAME, NOW, (own.root,)),
}


@pytest.mark.parametrize("expected", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_foreign_server_never_gets_a_password(shown: Shown, tmp_path: Path, expected: object, way: LoginWay) -> None:
    (tmp_path / "other").mkdir()
    other = Shown(NAME, tmp_path / "other")
    server = AuthServer(other, {USER: CANARY})

    result = log_in(server, expected(shown, other), way)  # type: ignore[operator]

    assert result.reason == "WrongServer"
    assert "AUTH" not in server.heard
    assert not got_the_password(server)


def test_the_servers_log_would_show_a_password_that_it_got(shown: Shown) -> None:
    server = AuthServer(shown)
    log_in(server, expecting(shown))
    assert got_the_password(server)


def test_a_thumbprint_alone_names_the_server_whoever_signed_it(shown: Shown) -> None:
    server = AuthServer(shown, {USER: CANARY})
    known = ExpectedServer(NAME, NOW, (), frozenset({shown.thumbprint}))
    assert log_in(server, replace(known, thumbprints=frozenset({Thumbprint("00" * 32)}))).reason == "WrongServer"
    assert not got_the_password(server)
    assert log_in(server, known).reason == "Accepted"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_without_tls_no_password_is_sent(shown: Shown, way: LoginWay) -> None:
    server = AuthServer(None, {USER: CANARY}, clear="PLAIN LOGIN", takes_clear=True)
    assert log_in(server, expecting(shown), way).reason == "NoTls"
    assert "AUTH" not in server.heard


def test_where_tls_comes_first_the_login_is_made_inside_it(shown: Shown) -> None:
    server = AuthServer(shown, {USER: CANARY})

    def submissions(connection: object) -> None:
        with shown.tls.wrap_socket(connection, server_side=True) as encrypted:  # type: ignore[arg-type]
            encrypted.sendall(b"220 relay ESMTP\r\n")
            server.converse(encrypted, encrypted=True)

    with serving(submissions) as port:
        probe = replace(question(port), implicit=True)
        [result] = SmtpProber(seconds=5).log_in([Login(probe, USER, Password(CANARY), AT_ONCE, expecting(shown))])
    assert result.reason == "Accepted"


@pytest.mark.parametrize("way", [LOGIN_AT_ONCE, LOGIN_ASKED], ids=str)
def test_a_mechanism_that_is_not_offered_in_tls_is_not_tried(shown: Shown, way: LoginWay) -> None:
    server = AuthServer(shown, {USER: CANARY}, offered="PLAIN CRAM-MD5", clear="LOGIN")
    result = log_in(server, expecting(shown), way)
    assert (result.reason, result.message) == ("NotOffered", "AUTH LOGIN is not offered, but PLAIN, CRAM-MD5")
    assert "AUTH" not in server.heard[server.heard.index("STARTTLS") :]


def test_a_relay_that_taints_one_way_takes_the_other(shown: Shown) -> None:
    server = AuthServer(shown, {USER: CANARY}, replies={"LOGIN+": "435 Unable to authenticate at present"})
    assert log_in(server, expecting(shown), LOGIN_AT_ONCE).reason == "Tainted"
    assert log_in(server, expecting(shown), LOGIN_ASKED).reason == "Accepted"


@pytest.mark.parametrize(
    ("reply", "reason", "enhanced"),
    [
        ("454 4.7.0 Temporary authentication failure", "TemporarilyRefused", "4.7.0"),
        ("421 4.3.2 shutting down", "TemporarilyRefused", "4.3.2"),
        ("435 Unable to authenticate at present", "Tainted", ""),
        ("535 5.7.8 Error: authentication failed", "Refused", "5.7.8"),
        ("534 5.7.9 mechanism too weak", "Refused", "5.7.9"),
        ("504 5.5.4 unrecognized type", "NotOffered", "5.5.4"),
        ("250 OK", "UnexpectedReply", ""),
        ("354 go on", "UnexpectedReply", ""),
        ("535-we are sorry\r\n535 5.7.8 no", "Refused", "5.7.8"),
    ],
)
def test_the_reply_is_named_and_quoted(shown: Shown, reply: str, reason: LoginReason, enhanced: str) -> None:
    for way in WAYS:
        replies = {way.mechanism + "+" * way.initial_response: reply}
        result = log_in(AuthServer(shown, replies=replies), expecting(shown), way)
        assert (result.reason, result.enhanced) == (reason, enhanced)
        assert result.message == reply.split("\r\n")[-1]


def test_logins_come_in_order_and_one_that_fails_is_a_result_beside_the_others(shown: Shown) -> None:
    with serving(AuthServer(shown, {USER: CANARY})) as port:
        there = [
            Login(question(port), user, Password(CANARY), LOGIN_ASKED, expecting(shown)) for user in (USER, "nobody")
        ]
        nowhere = replace(there[0], probe=replace(question(1), address="127.255.255.254"))
        results = SmtpProber(seconds=5).log_in([there[0], nowhere, there[1]])

    assert [result.reason for result in results] == ["Accepted", "NoSession", "Refused"]
    assert results[1].message == "connection refused"
