"""What `ports.Relays` promises, kept by the fake and by handshakes with a server on loopback."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from shared.adapters.relays import SmtpRelays
from shared.domain.inventory import Workload
from shared.domain.places import Question
from shared.ports import Relays
from tests.fakes.clock import FakeClock
from tests.fakes.clusters import FakeClusters
from tests.fakes.estate import estate
from tests.fakes.leaves import Signer
from tests.fakes.relays import FakeRelays
from tests.unit.adapters.relays.servers import HOST, Shown, relay, serving

WORKLOAD = Workload("mailrelay", "statefulset", "mailrelay")


class Bench(Protocol):
    """The port, and a relay to ask."""

    relays: Relays

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        """Let a pod show `other` for `name` and `default` for the rest; return its address and port."""


class FakeBench:
    def __init__(self) -> None:
        self.clusters = FakeClusters(estate(), FakeClock(), start=timedelta(0))
        self.relays: Relays = FakeRelays(self.clusters)

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        files = {"default.pem": default.pem, f"{name}.pem": other.pem}
        self.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", files)
        [first, _] = self.clusters.pods("ss-dev-00", WORKLOAD)
        assert first.address is not None
        return first.address, 25


class LoopbackBench:
    def __init__(self, servers: ExitStack) -> None:
        self.servers = servers
        self.relays: Relays = SmtpRelays()

    def serve(self, default: Shown, name: str, other: Shown) -> tuple[str, int]:
        return HOST, self.servers.enter_context(serving(relay(default, (name, other))))


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
def other(tmp_path: Path) -> Shown:
    return Shown("other.example.net", tmp_path)


def test_answers_come_in_order_with_the_leaf_for_each_name(bench: Bench, default: Shown, other: Shown) -> None:
    address, port = bench.serve(default, "other.example.net", other)
    questions = [
        Question("mailrelay-0", address, port, name) for name in ("other.example.net", None, "mail.example.net")
    ]

    answers = bench.relays.ask(questions)

    assert [answer.question for answer in answers] == questions
    assert [answer.thumbprint for answer in answers] == [other.thumbprint, default.thumbprint, default.thumbprint]
    assert [answer.chain for answer in answers] == [other.chain, default.chain, default.chain]
    assert [answer.failure for answer in answers] == ["", "", ""]


def test_a_failed_handshake_is_an_answer_beside_the_others(bench: Bench, default: Shown, other: Shown) -> None:
    address, port = bench.serve(default, "other.example.net", other)
    nobody = Question("mailrelay-1", "127.255.255.254", 1, None)

    refused, good = bench.relays.ask([nobody, Question("mailrelay-0", address, port, None)])

    assert (refused.thumbprint, refused.failure) == (None, "connection refused")
    assert good.thumbprint == default.thumbprint


def test_no_question_is_no_answer(bench: Bench) -> None:
    assert bench.relays.ask([]) == ()
