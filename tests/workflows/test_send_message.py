"""One marked message is sent, and only where the client has just been let in; what came of it is a check."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.domain.checks import CheckStatus
from shared.domain.clients.exim_log import EndReason, MessageEnd
from shared.domain.clients.login import LOGIN_ASKED, LOGIN_AT_ONCE, PLAIN_ASKED, PLAIN_AT_ONCE
from shared.domain.clients.marked_message import MailStep, SendResult
from shared.domain.clients.message_checks import end_check, log_not_read
from shared.domain.clients.relay_checks import ReplicaCheck
from shared.workflows.send_message import send_message
from tests.wire.smtp.servers import Shown
from tests.workflows.test_examine import FIRST, NAME, PASSWORD, SECOND, Bench

SENDER, RECIPIENT = "probe@example.net", "someone@example.org"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Shown(NAME, tmp_path))


def send(bench: Bench) -> tuple[ReplicaCheck, SendResult | None]:
    return send_message(bench.relay, bench.examine(), SENDER, RECIPIENT, bench.prober)


def test_one_message_is_sent_at_the_first_port_that_took_the_client(bench: Bench) -> None:
    found, result = send(bench)

    [sent] = bench.prober.sent
    assert (sent.sender, sent.recipient, sent.login.user) == (SENDER, RECIPIENT, "probe")
    assert (sent.login.probe.pod, sent.login.way) == ("mailrelay-0", PLAIN_AT_ONCE)
    assert (found.replica, found.port) == ("mailrelay-0", 25)
    assert (found.check.name, found.check.status, found.check.reason) == ("test-message", "ok", "MessageQueued")
    assert result is not None
    assert result.queue_id in found.check.message
    assert sent.message_id in found.check.message
    assert PASSWORD not in repr((found, result))


def test_no_two_messages_have_one_id(bench: Bench) -> None:
    send(bench)
    send(bench)
    first, second = bench.prober.sent
    assert first.message_id != second.message_id


def test_it_logs_in_by_a_way_that_works(bench: Bench) -> None:
    tainted = "435 Unable to authenticate at present"
    bench.prober.mechanisms[FIRST] = ()
    bench.prober.auth_replies[SECOND] = dict.fromkeys((PLAIN_AT_ONCE, PLAIN_ASKED, LOGIN_AT_ONCE), tainted)
    send(bench)
    [sent] = bench.prober.sent
    assert (sent.login.probe.pod, sent.login.way) == ("mailrelay-1", LOGIN_ASKED)


def test_where_no_port_took_the_client_nothing_is_sent(bench: Bench) -> None:
    bench.prober.users.clear()
    found, result = send(bench)
    assert (found.check.status, found.check.reason, result) == ("unknown", "NoClientAccepted", None)
    assert bench.prober.sent == []


def test_a_foreign_certificate_gets_no_message(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    foreign = Shown(NAME, tmp_path / "other").chain
    bench.prober.showing = {FIRST: foreign, SECOND: foreign}
    assert send(bench)[0].check.reason == "NoClientAccepted"
    assert bench.prober.sent == []


@pytest.mark.parametrize(
    ("step", "reply", "status", "reason"),
    [
        ("MAIL", "550 5.7.1 relaykeeper-probe exists to test logins and may not send mail", "failed", "SenderRefused"),
        ("RCPT", "550 unrouteable address", "failed", "RecipientRefused"),
        ("the message", "554 spam", "failed", "MessageRefused"),
        ("the message", "451 later", "unknown", "TemporarilyRefused"),
        ("the message", "", "unknown", "NotConfirmed"),
    ],
)
def test_a_message_that_the_relay_did_not_take_for_sure_is_a_check_with_a_remedy_and_not_sent_elsewhere(
    bench: Bench, step: MailStep, reply: str, status: CheckStatus, reason: str
) -> None:
    bench.prober.mail_replies[FIRST] = {step: reply}
    before = len(bench.prober.logged_in)
    found, _ = send(bench)
    assert (found.check.status, found.check.reason) == (status, reason)
    assert found.check.remedy
    assert [login.probe.pod for login in bench.prober.logged_in[before:]][-1] == "mailrelay-0"
    assert len(bench.prober.sent) == (step == "the message")


def test_a_probe_client_that_is_refused_is_told_apart_by_the_remedy(bench: Bench) -> None:
    bench.prober.mail_replies[FIRST] = {"MAIL": "550 may not send"}
    assert "name with --user a client that may" in send(bench)[0].check.remedy


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("MessageDelivered", "ok"),
        ("MessageDiscarded", "warning"),
        ("DeliveryDeferred", "warning"),
        ("MessageBounced", "failed"),
        ("MessageInQueue", "unknown"),
        ("MessageNotInLog", "unknown"),
    ],
)
def test_the_end_of_a_message_is_a_check_of_its_own(bench: Bench, reason: EndReason, status: CheckStatus) -> None:
    check = end_check(bench.relay.about, MessageEnd(reason, "== someone@example.org\x1b[31m " + "x" * 1000))
    assert (check.name, check.status, check.reason) == ("test-message-end", status, reason)
    assert check.message.isprintable()
    assert len(check.message) < 400


def test_without_a_log_the_end_is_unknown_and_the_command_that_shows_it_is_named(bench: Bench) -> None:
    _, result = send(bench)
    assert result is not None
    check = log_not_read(bench.relay.about, result)
    assert (check.status, check.reason) == ("unknown", "LogNotRead")
    assert check.message.startswith("the relay's log was not read")
    assert f"exigrep '{result.queue_id}' MAINLOG" in check.remedy

    unnamed = log_not_read(bench.relay.about, replace(result, queue_id=""))
    assert f"exigrep '{result.sent.message_id.strip('<>')}' MAINLOG" in unnamed.remedy
