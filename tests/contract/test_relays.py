"""What `prober.Prober` and `prober.MailSender` promise, kept by the fake and by sessions with a server on loopback."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.adapters.smtp.send import SmtpSender
from shared.domain.clients.login import WAYS, ExpectedServer, Login, LoginWay, Mechanism
from shared.domain.clients.marked_message import MailStep, SendReason, compose_message
from shared.domain.clients.password import Password
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import Probe
from shared.inventory import Workload
from shared.prober import MailSender, Prober
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import NOW, small_inventory
from tests.fakes.kubernetes import FakeClusters
from tests.fakes.leaves import Signer
from tests.fakes.smtp import FakeProber
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.mail_servers import taking
from tests.wire.smtp.servers import HOST, Shown, relay, serving
from tests.wire.smtp.submission_servers import SubmissionServer

RECIPIENT = "postmaster@example.org"
SENDER = "probe@example.net"
WORKLOAD = Workload("mailrelay", "statefulset", "mailrelay")


class Bench(Protocol):
    """A relay to ask."""

    @property
    def relays(self) -> Prober:
        """The port."""

    @property
    def mail(self) -> MailSender:
        """The port that sends."""

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        """Let a pod show `other` for `name` and `default` for the rest; return its address and port."""

    def meet(self, shown: Shown, reply: str) -> tuple[str, int]:
        """Let a pod reply like this to mail without a login; return its address and port."""

    def admit(
        self, shown: Shown, users: Mapping[str, str], mechanisms: tuple[Mechanism, ...] = ("PLAIN", "LOGIN")
    ) -> tuple[str, int]:
        """Let a pod take these users with their passwords by these mechanisms; return its address and port."""

    def take_mail(self, shown: Shown, users: Mapping[str, str], step: MailStep, reply: str) -> tuple[str, int]:
        """Let a pod take these users and their mail, but for this reply; return its address and port."""


class FakeBench:
    def __init__(self) -> None:
        self.clusters = FakeClusters(small_inventory(), FakeClock(), start=timedelta(0))
        self.relays = self.mail = FakeProber(self.clusters)

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        files = {"default.pem": default.pem, f"{name}.pem": other.pem}
        self.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", files)
        [first, _] = self.clusters.pods("ss-dev-00", WORKLOAD)
        assert first.address is not None
        return first.address, 25

    def meet(self, shown: Shown, reply: str) -> tuple[str, int]:
        self.relays.replying["ss-dev-00", "mailrelay-0"] = reply
        return self.serve(shown, "other.example.net", shown)

    def admit(
        self, shown: Shown, users: Mapping[str, str], mechanisms: tuple[Mechanism, ...] = ("PLAIN", "LOGIN")
    ) -> tuple[str, int]:
        self.relays.users["ss-dev-00", "mailrelay-0"] = users
        self.relays.mechanisms["ss-dev-00", "mailrelay-0"] = mechanisms
        return self.serve(shown, "other.example.net", shown)

    def take_mail(self, shown: Shown, users: Mapping[str, str], step: MailStep, reply: str) -> tuple[str, int]:
        self.relays.mail_replies["ss-dev-00", "mailrelay-0"] = {step: reply}
        return self.admit(shown, users)


class LoopbackBench:
    def __init__(self, servers: ExitStack) -> None:
        self.servers = servers
        self.relays: Prober = SmtpProber()
        self.mail: MailSender = SmtpSender()

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        return HOST, self.servers.enter_context(serving(relay(default, (name, other))))

    def meet(self, shown: Shown, reply: str) -> tuple[str, int]:
        return HOST, self.servers.enter_context(serving(taking(shown, RCPT=reply)))

    def admit(
        self, shown: Shown, users: Mapping[str, str], mechanisms: tuple[Mechanism, ...] = ("PLAIN", "LOGIN")
    ) -> tuple[str, int]:
        return HOST, self.servers.enter_context(serving(AuthServer(shown, users, " ".join(mechanisms))))

    def take_mail(self, shown: Shown, users: Mapping[str, str], step: MailStep, reply: str) -> tuple[str, int]:
        server = SubmissionServer(shown, users, mail={"." if step == "the message" else step: reply})
        return HOST, self.servers.enter_context(serving(server))


@pytest.fixture(params=["fake", "real"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with ExitStack() as servers:
        yield FakeBench() if request.param == "fake" else LoopbackBench(servers)


@pytest.fixture
def default(tmp_path: Path) -> Shown:
    """A certificate with its intermediate, out of order behind a root that no client needs."""
    root = Signer("root")
    return Shown("mail.example.net", tmp_path, [root.certificate, Signer("intermediate", root).certificate])


@pytest.fixture
def own(tmp_path: Path) -> Shown:
    """A certificate whose chain a client accepts."""
    return Shown("mail.example.net", tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> Shown:
    return Shown("other.example.net", tmp_path)


def test_answers_come_in_order_with_the_leaf_for_each_name(bench: Bench, default: Shown, other: Shown) -> None:
    address, port = bench.serve(default, "other.example.net", other)
    questions = [Probe("mailrelay-0", address, port, name) for name in ("other.example.net", None, "mail.example.net")]

    answers = bench.relays.probe(questions)

    assert [answer.probe for answer in answers] == questions
    assert [answer.thumbprint for answer in answers] == [other.thumbprint, default.thumbprint, default.thumbprint]
    assert [answer.chain for answer in answers] == [other.chain, default.chain, default.chain]
    assert [answer.failure for answer in answers] == ["", "", ""]


def test_a_failed_handshake_is_an_answer_beside_the_others(bench: Bench, default: Shown, other: Shown) -> None:
    address, port = bench.serve(default, "other.example.net", other)
    nobody = Probe("mailrelay-1", "127.255.255.254", 1, None)

    refused, good = bench.relays.probe([nobody, Probe("mailrelay-0", address, port, None)])

    assert (refused.thumbprint, refused.failure) == (None, "connection refused")
    assert good.thumbprint == default.thumbprint


@pytest.mark.parametrize(
    ("reply", "verdict"), [("250 Accepted", "accepted"), ("550 no", "refused"), ("451 later", "unknown")]
)
def test_a_relay_says_whether_it_takes_mail_without_a_login(
    bench: Bench, default: Shown, reply: str, verdict: str
) -> None:
    address, port = bench.meet(default, reply)
    questions = [Probe("mailrelay-0", address, port, name) for name in ("mail.example.net", None)]

    offers = bench.relays.check_open_relay(questions, RECIPIENT, SENDER)

    assert [offer.probe for offer in offers] == questions
    assert [(offer.message, offer.verdict) for offer in offers] == [(reply, verdict)] * 2


def test_a_failed_session_is_an_offer_that_settles_nothing_beside_the_others(bench: Bench, default: Shown) -> None:
    address, port = bench.meet(default, "550 no")
    nobody = Probe("mailrelay-1", "127.255.255.254", 1, None)

    silent, good = bench.relays.check_open_relay([nobody, Probe("mailrelay-0", address, port, None)], RECIPIENT, SENDER)

    assert (silent.code, silent.message, silent.verdict) == (None, "connection refused", "unknown")
    assert good.verdict == "refused"


def test_no_question_is_no_answer(bench: Bench) -> None:
    assert bench.relays.probe([]) == ()
    assert bench.relays.check_open_relay([], RECIPIENT, SENDER) == ()
    assert bench.relays.check_plaintext([]) == ()
    assert bench.relays.log_in([]) == ()


def expecting(shown: Shown) -> ExpectedServer:
    return ExpectedServer("mail.example.net", NOW, (), frozenset({shown.thumbprint}))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_login_proves_whether_a_relay_takes_a_user_with_a_password(bench: Bench, own: Shown, way: LoginWay) -> None:
    address, port = bench.admit(own, {"payroll": "open sesame"})
    probe = Probe("mailrelay-0", address, port, "mail.example.net")
    logins = [
        Login(probe, user, Password(password), way, expecting(own))
        for user, password in [("payroll", "open sesame"), ("payroll", "another"), ("nobody", "open sesame")]
    ]

    results = bench.relays.log_in(logins)

    assert [result.login for result in results] == logins
    assert [(result.reason, result.code) for result in results] == [
        ("Accepted", 235),
        ("Refused", 535),
        ("Refused", 535),
    ]


def test_a_server_that_is_not_the_expected_one_or_does_not_answer_is_a_result(
    bench: Bench, own: Shown, other: Shown
) -> None:
    address, port = bench.admit(own, {"payroll": "open sesame"})
    login = Login(
        Probe("mailrelay-0", address, port, "mail.example.net"), "payroll", Password("x"), WAYS[0], expecting(other)
    )
    nowhere = replace(login, probe=Probe("mailrelay-1", "127.255.255.254", 1, None))

    assert [result.reason for result in bench.relays.log_in([login, nowhere])] == ["WrongServer", "NoSession"]


def test_a_mechanism_that_a_relay_does_not_offer_is_not_tried(bench: Bench, own: Shown) -> None:
    address, port = bench.admit(own, {"payroll": "open sesame"}, ("PLAIN",))
    probe = Probe("mailrelay-0", address, port, "mail.example.net")

    results = bench.relays.log_in(
        [Login(probe, "payroll", Password("open sesame"), way, expecting(own)) for way in WAYS]
    )

    assert [result.reason for result in results] == ["Accepted", "Accepted", "NotOffered", "NotOffered"]


def test_a_look_in_clear_shows_whether_a_login_is_offered_there(bench: Bench, own: Shown) -> None:
    address, port = bench.admit(own, {})
    nobody = Probe("mailrelay-1", "127.255.255.254", 1, None)

    there, nowhere = bench.relays.check_plaintext([Probe("mailrelay-0", address, port, None), nobody])

    assert (there.starttls, there.offered, there.taken, there.failure) == (True, (), (), "")
    assert there.greeting.startswith("220 ")
    assert (nowhere.greeting, nowhere.failure) == ("", "connection refused")


@pytest.mark.parametrize(
    ("step", "reply", "reason", "queue_id"),
    [
        ("the message", "250 2.0.0 Ok: queued as 4F1cT24Qz9zXYZ", "MessageQueued", "4F1cT24Qz9zXYZ"),
        ("the message", "250 OK", "MessageQueued", ""),
        ("the message", "", "NotConfirmed", ""),
        ("the message", "550 spam", "MessageRefused", ""),
        ("MAIL", "550 may not send", "SenderRefused", ""),
        ("RCPT", "550 unrouteable", "RecipientRefused", ""),
        ("DATA", "451 later", "TemporarilyRefused", ""),
    ],
)
def test_a_message_that_is_sent_says_whether_the_relay_took_it_and_as_what(
    bench: Bench, own: Shown, step: MailStep, reply: str, reason: SendReason, queue_id: str
) -> None:
    address, port = bench.take_mail(own, {"payroll": "open sesame"}, step, reply)
    probe = Probe("mailrelay-0", address, port, "mail.example.net")
    login = Login(probe, "payroll", Password("open sesame"), WAYS[0], expecting(own))
    message = compose_message(ObjectRef("relay", "dev"), login, SENDER, RECIPIENT, "0123456789abcdef", NOW)

    result = bench.mail.send(message)

    assert (result.reason, result.queue_id) == (reason, queue_id)
    assert result.sent is message


def test_a_message_goes_neither_to_a_server_that_is_not_expected_nor_in_the_name_of_who_is_refused(
    bench: Bench, own: Shown, other: Shown
) -> None:
    address, port = bench.take_mail(own, {"payroll": "open sesame"}, "MAIL", "250 OK")
    login = Login(
        Probe("mailrelay-0", address, port, "mail.example.net"), "payroll", Password("x"), WAYS[0], expecting(own)
    )
    unexpected = replace(login, expected=expecting(other))
    nowhere = replace(login, probe=Probe("mailrelay-1", "127.255.255.254", 1, None))

    results = [
        bench.mail.send(compose_message(ObjectRef("relay", "dev"), each, SENDER, RECIPIENT, "0123456789abcdef", NOW))
        for each in (login, unexpected, nowhere)
    ]

    assert [result.reason for result in results] == ["NotLoggedIn", "NotLoggedIn", "NotSent"]
