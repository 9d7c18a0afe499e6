"""A reply to an offer of mail says that it is taken, that it is refused, or neither."""

import pytest

from shared.domain.serving.open_relay import OpenRelayResult, judge_reply, open_relay_probes
from shared.domain.serving.place_observation import PlaceObservation, WorkloadObservation
from shared.domain.serving.probe import Probe, ProbeResult

QUESTION = Probe("mailrelay-0", "10.0.0.1", 25, None)


def offer(code: int | None) -> OpenRelayResult:
    return OpenRelayResult(QUESTION, code, "")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(250, "accepted"), (251, "accepted"), (550, "refused"), (530, "refused"), (450, "unknown"), (421, "unknown")],
)
def test_the_first_digit_of_a_reply_is_the_verdict(code: int, verdict: str) -> None:
    assert offer(code).verdict == verdict


def test_no_reply_is_no_verdict() -> None:
    assert offer(None).verdict == "unknown"


@pytest.mark.parametrize(
    ("codes", "known"), [([550], True), ([550, 250], True), ([550, 451], False), ([550, None], False), ([], False)]
)
def test_a_place_is_known_once_every_replica_answered(codes: list[int | None], known: bool) -> None:
    assert judge_reply([offer(code) for code in codes]) is known


def test_mail_is_offered_once_to_each_replica_and_port_whatever_names_it_was_asked_for() -> None:
    asked = [
        Probe(pod, f"10.0.0.{pod[-1]}", port, name, implicit=port == 465)
        for pod in ("mailrelay-0", "mailrelay-1")
        for port in (25, 465)
        for name in ("mail.example.net", "smtp.example.net", None)
    ]
    there = PlaceObservation(WorkloadObservation(), None, tuple(ProbeResult(question, None) for question in asked))
    assert open_relay_probes(there) == [question for question in asked if question.sni == "mail.example.net"]


def test_behind_a_service_mail_is_offered_as_often_as_it_was_asked() -> None:
    asked = [Probe("Service relay", "10.0.0.9", 25, name) for name in ("mail.example.net", None) for _ in range(8)]
    there = PlaceObservation(WorkloadObservation(), None, tuple(ProbeResult(question, None) for question in asked))
    assert len(open_relay_probes(there)) == 8


def test_where_no_replica_was_asked_none_is_offered_mail() -> None:
    assert open_relay_probes(PlaceObservation(WorkloadObservation())) == []


REFUSALS = {
    "550 relay not permitted": "refused",
    "550 5.7.1 Unable to relay": "refused",
    "554 5.7.1 <postmaster@example.org>: Relay access denied": "refused",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain": "refused",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)": "refused",
    "530 5.7.0 Authentication required": "refused",
    "550-host [192.0.2.1] is currently not permitted to relay through this server": "refused",
    "551 User not local; please try <other@example.net>": "refused",
    "554 transaction failed": "refused",
    "504 5.5.2 <relaykeeper>: Helo command rejected: need fully-qualified hostname": "unknown",
    "550 5.7.1 <[10.0.0.4]>: Helo command rejected: Host not found": "unknown",
    "554 bad EHLO": "unknown",
    "501 5.5.4 Syntax: RCPT TO:<address>": "unknown",
    "503 5.5.1 Error: need MAIL command": "unknown",
    "555 parameters not recognized": "unknown",
    "550 Sender verify failed": "unknown",
    "554 5.1.8 <probe@example.net>: Sender address rejected: Domain not found": "unknown",
    "550 5.7.23 SPF validation failed": "unknown",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example.org": "unknown",
    "550 5.1.1 <postmaster@example.org>: Recipient address rejected: User unknown": "unknown",
    "550 no such user here": "unknown",
    "552 5.2.2 mailbox full": "unknown",
    "530 5.7.0 Must issue a STARTTLS command first": "unknown",
    "452 4.5.3 too many recipients": "unknown",
    "550 5.1.8 <probe@relay.example.net>: Sender address rejected: Domain not found": "unknown",
    "554 5.7.1 <probe@mailrelay.example.net>: Sender address rejected: Access denied": "unknown",
    "550 5.1.1 <x@relay-test.example.net>: Recipient address rejected: User unknown": "unknown",
    "554 5.7.1 <relay-1.example.net[192.0.2.1]>: Client host rejected: cannot find your reverse hostname": "unknown",
    "554 5.7.1 Service unavailable; [192.0.2.1] blocked using relays.example.org": "unknown",
    "550 5.7.23 SPF validation failed: relay.example.net": "unknown",
    "550 5.7.26 Unauthenticated email from example.net is not accepted due to domain's DMARC policy": "unknown",
    "550 5.7.515 Access denied, sending domain does not meet the required authentication level": "unknown",
    "550 Unrouteable address": "unknown",
    "550 Verification failed for <probe@example.net>": "unknown",
    "550 5.7.1 192.0.2.1 is listed at zen.example.org": "unknown",
    "550 Too many messages, rate limit exceeded": "unknown",
    "552 Too many recipients": "unknown",
    "550 Host unknown": "unknown",
    "556 5.1.10 recipient address has null MX": "unknown",
    "503 This mail server requires authentication when attempting to send to a non-local e-mail address": "refused",
    "501 5.7.1 Relaying denied": "refused",
    "505 5.7.3 Client was not authenticated": "refused",
    "250 Accepted": "accepted",
}


@pytest.mark.parametrize(("reply", "verdict"), REFUSALS.items())
def test_only_a_refusal_to_relay_proves_that_a_relay_refuses(reply: str, verdict: str) -> None:
    assert OpenRelayResult(QUESTION, int(reply[:3]), reply).verdict == verdict


@pytest.mark.parametrize(
    ("reply", "encrypted", "verdict"),
    [
        ("530 5.7.0 Authentication required", True, "refused"),
        ("530 5.7.0 Must issue a STARTTLS command first", False, "unknown"),
        ("503 5.5.1 You must authenticate first.", True, "refused"),
        ("502 5.7.0 Please authenticate first", True, "refused"),
        ("503 5.5.4 Error: send AUTH command first.", True, "refused"),
        ("550 5.7.1 Authentication required", True, "refused"),
        ("554 5.1.7 null sender rejected", True, "unknown"),
        ("550 sender rejected", True, "unknown"),
        ("250 OK", True, "unknown"),
    ],
)
def test_a_refused_sender_proves_nothing_but_where_a_login_is_demanded(
    reply: str, encrypted: bool, verdict: str
) -> None:
    assert OpenRelayResult(QUESTION, int(reply[:3]), reply, command="MAIL", encrypted=encrypted).verdict == verdict


def test_every_line_of_a_reply_counts() -> None:
    text = "relay access denied see https://example.net"
    assert OpenRelayResult(QUESTION, 554, "554 see https://example.net", text=text).verdict == "refused"
    assert OpenRelayResult(QUESTION, 554, "554 see https://example.net", text="Helo command rejected see x").about_ehlo
