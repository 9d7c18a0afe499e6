"""One message is submitted after a login, once, and what the relay says of it is kept; a silence is no confirmation."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.smtp.send import SmtpSender
from shared.domain.clients.login import LOGIN_ASKED, PLAIN_AT_ONCE, Login
from shared.domain.clients.marked_message import MarkedMessage, SendReason, SendResult, compose_message
from shared.domain.clients.password import Password
from shared.domain.object_ref import ObjectRef
from tests.fakes.inventory import NOW
from tests.wire.smtp.servers import Shown, question, says, serving, wait_for_end
from tests.wire.smtp.submission_servers import QUEUED, Step, SubmissionServer
from tests.wire.smtp.test_hostile import SLACK, drip, endless
from tests.wire.smtp.test_hostile_logins import cut
from tests.wire.smtp.test_login import CANARY, EHLO, NAME, USER, expecting, leaks_in

SENDER, RECIPIENT = "payroll@example.net", "someone@example.org"
CONFIRMATION = 0.5


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


def message_at(port: int, shown: Shown) -> MarkedMessage:
    login = Login(question(port), USER, Password(CANARY), LOGIN_ASKED, expecting(shown))
    return compose_message(ObjectRef("relay", "dev"), login, SENDER, RECIPIENT, "0123456789abcdef", NOW)


def send(server: SubmissionServer, shown: Shown, **changed: object) -> SendResult:
    """Send, and see that no part of the password is in the result, and that nobody logged in twice."""
    with serving(server) as port:
        message = replace(message_at(port, shown), **changed)  # type: ignore[arg-type]
        begun = time.monotonic()
        result = SmtpSender(seconds=2, confirmation=CONFIRMATION).send(message)
        assert time.monotonic() - begun < 2 + CONFIRMATION + SLACK
    assert result.sent is message
    assert leaks_in(repr(result), result.message) == []
    assert result.message.isprintable()
    assert server.heard.count("AUTH") <= 1
    return result


def taking(shown: Shown, **changed: object) -> SubmissionServer:
    return SubmissionServer(shown, {USER: CANARY}, **changed)  # type: ignore[arg-type]


def test_a_message_is_submitted_in_tls_after_the_login_and_named_as_the_relay_names_it(shown: Shown) -> None:
    server = taking(shown)
    result = send(server, shown)

    assert (result.reason, result.code, result.queue_id) == ("MessageQueued", 250, "1tHxyz-000000012AB-3CdE")
    after_login = server.said[server.said.index("AUTH LOGIN") + 3 :]
    assert after_login == [f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{RECIPIENT}>", "DATA", "QUIT"]
    assert server.said[:3] == [EHLO, "STARTTLS", EHLO]
    [content] = server.messages
    assert b"\r\nX-Relaykeeper-Test: 0123456789abcdef\r\n" in content
    assert content.replace(b"\r\n", b"") == result.sent.content.replace("\n", "").encode() + b"."


def test_a_relay_that_repeats_a_long_message_id_before_its_own_is_understood(shown: Shown) -> None:
    reply = (
        f"250 2.6.0 <0123456789abcdef.relaykeeper-test@{'long.' * 30}example> [InternalId=84091236876289, Hostname=x]"
    )
    result = send(taking(shown, mail={".": f"{reply} Queued mail for delivery"}), shown)
    assert (result.reason, result.queue_id) == ("MessageQueued", "84091236876289")


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ("a\n.\nb\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (".hidden\n..twice", b"..hidden\r\n...twice\r\n.\r\n"),
        (f"{'x' * 998}\n", b"x" * 998 + b"\r\n.\r\n"),
        ("a\n\n", b"a\r\n\r\n.\r\n"),
    ],
    ids=["a lone dot", "dots at the begin", "the longest line", "an empty line"],
)
def test_no_line_of_a_message_ends_it(shown: Shown, content: str, sent: bytes) -> None:
    server = taking(shown)
    assert send(server, shown, content=content).reason == "MessageQueued"
    assert server.messages == [sent]


@pytest.mark.parametrize("content", ["x" * 999, "a\rb", "a\r\n", "ü"], ids=["too long", "CR", "CRLF", "not ASCII"])
def test_what_no_relay_need_take_is_refused_before_anything_is_sent(shown: Shown, content: str) -> None:
    server = taking(shown)
    with serving(server) as port, pytest.raises(ValueError, match=r"line|ascii"):
        SmtpSender().send(replace(message_at(port, shown), content=content))
    assert server.said == []


@pytest.mark.parametrize(
    ("step", "reply", "reason", "message"),
    [
        ("MAIL", "550 5.7.1 may not send", "SenderRefused", "to MAIL: 550 5.7.1 may not send"),
        ("MAIL", "421 4.3.2 closing", "TemporarilyRefused", "to MAIL: 421 4.3.2 closing"),
        ("RCPT", "550 unrouteable", "RecipientRefused", "to RCPT: 550 unrouteable"),
        ("RCPT", "451 later", "TemporarilyRefused", "to RCPT: 451 later"),
        ("DATA", "554 no valid recipients", "MessageRefused", "to DATA: 554 no valid recipients"),
        ("DATA", "250 OK", "MessageRefused", "to DATA: 250 OK"),
        (".", "550 looks like spam", "MessageRefused", "to the message: 550 looks like spam"),
        (".", "452 4.3.1 no space", "TemporarilyRefused", "to the message: 452 4.3.1 no space"),
        ("MAIL", "", "NotSent", "connection cut, no complete reply to MAIL"),
        ("RCPT", "", "NotSent", "connection cut, no complete reply to RCPT"),
        ("DATA", "", "NotSent", "connection cut, no complete reply to DATA"),
        ("MAIL", f"550 {CANARY} is your password", "SenderRefused", "to MAIL: 550 (withheld: "),
        (".", f"250 OK id={CANARY}", "MessageQueued", "250 (withheld: "),
    ],
)
def test_each_refusal_is_named_by_what_it_answers_and_the_rest_is_not_said(
    shown: Shown, step: Step, reply: str, reason: SendReason, message: str
) -> None:
    server = taking(shown, mail={step: reply})
    result = send(server, shown)
    assert result.reason == reason
    assert result.message.startswith(message)
    assert result.queue_id == ""
    assert len(server.messages) == (step == ".")


SILENT = {
    "silence": (wait_for_end, "no reply to the message within 0.5 s"),
    "hang-up": (cut, "connection cut, no complete reply to the message"),
    "another protocol": (says("HTTP/1.1 200 OK\r\n"), "no SMTP reply to the message: HTTP/1.1 200 OK"),
    "slow drip": (drip(b"250-"), "no reply to the message within 0.5 s"),
    "endless line": (endless(b"250 " * 1024), "a line of more than 8192 bytes to the message"),
}


@pytest.mark.parametrize(("after", "message"), SILENT.values(), ids=SILENT)
def test_without_a_reply_to_its_end_it_is_not_known_whether_a_message_was_taken_and_no_other_is_sent(
    shown: Shown, after: object, message: str
) -> None:
    server = taking(shown, silent_at=".", after=after)
    result = send(server, shown)
    assert (result.reason, result.code, result.queue_id) == ("NotConfirmed", None, "")
    assert result.message.startswith(message)
    assert result.message.endswith(": it is not known whether the relay took the message, and it is not sent again")
    assert len(server.messages) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_relay_that_falls_silent_before_the_message_has_none_of_it(shown: Shown, step: Step) -> None:
    server = taking(shown, silent_at=step, after=wait_for_end)
    result = send(server, shown)
    assert (result.reason, result.message) == ("NotSent", f"no reply to {step} within 2 s")
    assert server.messages == []


def test_a_client_that_is_refused_sends_nothing(shown: Shown) -> None:
    server = SubmissionServer(shown, {USER: "another"})
    result = send(server, shown)
    assert (result.reason, result.code) == ("NotLoggedIn", 535)
    assert not any(line.startswith(("MAIL", "RCPT", "DATA")) for line in server.said)


def test_a_foreign_server_gets_neither_password_nor_message(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    server = taking(Shown(NAME, tmp_path / "other"))
    result = send(server, shown)
    assert result.reason == "NotLoggedIn"
    assert result.message.startswith("the password was not sent, because the server presents ")
    assert leaks_in(*server.heard) == []
    assert server.messages == []


def test_where_nobody_listens_nothing_is_sent(shown: Shown) -> None:
    with serving(taking(shown)) as port:
        message = message_at(port, shown)
    result = SmtpSender(seconds=2).send(message)
    assert (result.reason, result.message) == ("NotSent", "connection refused")


def test_it_logs_in_by_the_way_that_it_is_given(shown: Shown) -> None:
    server = taking(shown, offered="PLAIN")
    with serving(server) as port:
        message = message_at(port, shown)
        result = SmtpSender(seconds=2).send(replace(message, login=replace(message.login, way=PLAIN_AT_ONCE)))
    assert result.message == QUEUED
