"""A relay's name leads to its address as it does for a client; every failure is named, and in time."""

import socket
import time
from pathlib import Path

import dns.rcode
import pytest

from shared.adapters.smtp import connect
from shared.adapters.smtp.probe import SmtpProber
from shared.domain.serving.probe import Probe, ProbeResult
from shared.inventory import Endpoint
from tests.wire.smtp.resolvers import Answering, records, refusing, resolving
from tests.wire.smtp.servers import HOST, Shown, relay, serving

NAME = "relay.example.net"
DEAD = "127.255.255.254"


def ask(resolver: Endpoint, port: int, seconds: float = 5) -> ProbeResult:
    [answer] = SmtpProber(seconds).probe([Probe("front", NAME, port, NAME, resolver=resolver)])
    return answer


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize(
    "zone",
    [
        {(NAME, "A"): [HOST]},
        {(NAME, "CNAME"): ["front.example.org."], ("front.example.org", "A"): [HOST]},
        {
            (NAME, "CNAME"): ["one.example.org."],
            ("one.example.org", "CNAME"): ["two.example.org."],
            ("two.example.org", "A"): [HOST],
        },
        {(NAME, "A"): ["127.255.255.253", DEAD, HOST]},
    ],
    ids=["address", "CNAME", "CNAMEs", "dead addresses beside"],
)
def test_a_name_leads_where_it_leads_a_client(
    shown: Shown, zone: dict[tuple[str, str], list[str]], recursive: bool
) -> None:
    with resolving(records(zone, recursive=recursive)) as resolver, serving(relay(shown)) as port:
        assert ask(resolver, port).thumbprint == shown.thumbprint


def test_a_name_without_an_ipv4_address_leads_to_its_ipv6_address() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as closed,
        resolving(records({(NAME, "AAAA"): ["::1"]})) as resolver,
    ):
        port = closed.getsockname()[1]
        closed.close()
        assert ask(resolver, port).failure == "connection refused at ::1"


CIRCLE = {(NAME, "CNAME"): ["other.example.net."], ("other.example.net", "CNAME"): [f"{NAME}."]}

FAILURES = {
    "no such name": (records({}), "NXDOMAIN"),
    "dangling CNAME": (records({(NAME, "CNAME"): ["gone.example.org."]}), "NXDOMAIN for gone.example.org, its CNAME"),
    "no address": (records({(NAME, "TXT"): ["none"]}), "no address"),
    "CNAMEs in a circle": (records(CIRCLE), "The CNAME chain is too long."),
    "CNAMEs in a circle, one by one": (records(CIRCLE, recursive=False), "The CNAME chain is too long."),
    "CNAME to itself": (records({(NAME, "CNAME"): [f"{NAME}."]}), "The CNAME chain is too long."),
    "failing server": (refusing(dns.rcode.SERVFAIL), "SERVFAIL"),
    "refusing server": (refusing(dns.rcode.REFUSED), "REFUSED"),
    "silence": (lambda _: None, "no answer within 0."),
    "junk": (lambda _: b"\xff" * 40, ""),
    "empty answer": (lambda _: b"", ""),
    "junk after the right beginning": (lambda query: query.to_wire()[:2] + b"\x84\x00" + b"\xff" * 300, ""),
}


@pytest.mark.parametrize(("answering", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_a_name_that_leads_nowhere_is_an_answer_in_words_and_in_time(
    monkeypatch: pytest.MonkeyPatch, answering: Answering, words: str
) -> None:
    monkeypatch.setattr(connect, "LOOKUP_TIMEOUT", 0.5)
    with resolving(answering) as resolver:
        begun = time.monotonic()
        answer = ask(resolver, 25)
        taken = time.monotonic() - begun

    assert answer.thumbprint is None
    assert answer.failure.startswith(f"{NAME} does not resolve at {resolver}: {words}")
    assert answer.failure.isprintable()
    assert len(answer.failure) < 250
    assert taken < 2.5


def test_a_slow_resolver_does_not_outlast_the_question() -> None:
    with resolving(lambda _: None) as resolver:
        begun = time.monotonic()
        answer = ask(resolver, 25, seconds=0.3)

    assert answer.failure.startswith(f"{NAME} does not resolve at {resolver}: no answer within 0.")
    assert time.monotonic() - begun < 2


def test_every_address_that_takes_no_connection_is_named() -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    with resolving(records({(NAME, "A"): [DEAD, HOST]})) as resolver:
        failures = ask(resolver, port).failure.split("; ")
    assert sorted(failures) == [f"connection refused at {HOST}", f"connection refused at {DEAD}"]


def test_no_more_than_a_few_addresses_are_tried() -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    many = [f"127.255.255.{last}" for last in range(1, 100)]
    with resolving(records({(NAME, "A"): many})) as resolver:
        assert len(ask(resolver, port).failure.split("; ")) == connect.MOST_ADDRESSES


def test_the_system_s_resolvers_are_asked_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "LOOKUP_TIMEOUT", 0.2)
    [answer] = SmtpProber().probe([Probe("front", "relay.invalid", 25, None)])
    assert answer.failure.startswith("relay.invalid does not resolve at the system's resolvers: ")
