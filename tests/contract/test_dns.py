"""What ports.Dns promises, of Azure DNS behind real name servers as of the fake."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from shared.domain.issuing.issuance import TxtValue
from shared.ports import Dns
from tests.contract.polling import until
from tests.fakes.dns import FakeDns

HOST = "dev.mailrelay.platform.hmcts.net"


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.e2e)])
def dns(request: pytest.FixtureRequest) -> Dns:
    if request.param == "fake":
        return FakeDns(["platform.hmcts.net", "mailrelay.platform.hmcts.net"])
    real: Dns = request.getfixturevalue("stack").ports.dns
    return real


@pytest.fixture
def record(dns: Dns) -> Iterator[TxtValue]:
    """A value that is not published, and will not stay."""
    record = dns.locate(HOST, f"one-{uuid4()}")
    yield record
    dns.withdraw(record)


@pytest.fixture
def other(dns: Dns) -> Iterator[TxtValue]:
    """Another value of the same set."""
    record = dns.locate(HOST, f"two-{uuid4()}")
    yield record
    dns.withdraw(record)


def seen_everywhere(dns: Dns, *records: TxtValue) -> bool:
    return all(propagation.complete for propagation in dns.propagation(records))


def seen_nowhere(dns: Dns, record: TxtValue) -> bool:
    return not dns.propagation([record])[0].seen_on


def test_the_longest_zone_covers_a_name(dns: Dns) -> None:
    assert dns.locate(HOST, "v") == TxtValue("mailrelay.platform.hmcts.net", f"_acme-challenge.{HOST}", "v")
    assert dns.locate("www.platform.hmcts.net", "v").zone == "platform.hmcts.net"


def test_a_wildcard_is_proven_at_the_name_below_it(dns: Dns) -> None:
    assert dns.locate(f"*.{HOST}", "v") == dns.locate(HOST, "v")


def test_a_published_value_comes_to_every_server(dns: Dns, record: TxtValue) -> None:
    dns.publish(record)

    until(lambda: seen_everywhere(dns, record))
    (propagation,) = dns.propagation([record])
    assert propagation.record == record
    assert propagation.seen_on == propagation.servers
    assert len(propagation.servers) == 2
    assert propagation.message == ""


def test_a_value_that_is_not_there_is_missed_in_words(dns: Dns, record: TxtValue) -> None:
    (propagation,) = dns.propagation([record])

    assert propagation.seen_on == ()
    assert propagation.message.startswith(f"{propagation.servers[0]}: ")


def test_values_share_a_name_and_are_withdrawn_one_by_one(dns: Dns, record: TxtValue, other: TxtValue) -> None:
    dns.publish(record)
    dns.publish(other)
    until(lambda: seen_everywhere(dns, record, other))

    dns.withdraw(record)

    until(lambda: seen_nowhere(dns, record))
    assert seen_everywhere(dns, other)


def test_a_value_published_twice_is_gone_when_withdrawn_once(dns: Dns, record: TxtValue) -> None:
    dns.publish(record)
    dns.publish(record)
    until(lambda: seen_everywhere(dns, record))

    dns.withdraw(record)

    until(lambda: seen_nowhere(dns, record))


def test_withdrawing_what_was_never_published_is_no_error(dns: Dns, record: TxtValue) -> None:
    dns.withdraw(record)

    assert seen_nowhere(dns, record)


def test_no_value_is_nothing_to_wait_for(dns: Dns) -> None:
    assert dns.propagation([]) == ()
