"""What Azure DNS and real name servers do besides what ports.Dns promises."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest
from azure.identity import DefaultAzureCredential
from azure.mgmt.dns import DnsManagementClient
from azure.mgmt.dns.models import RecordSet, TxtRecord

from shared.adapters.dns import AzureDns
from shared.adapters.dns.questions import txt_at
from shared.adapters.dns.record_sets import connect, strings, value_of
from shared.adapters.dns.resolving import authoritative_servers
from shared.domain.inventory import Endpoint, Zone
from shared.domain.issuance import TxtValue
from shared.errors import PermanentError, TransientError
from tests.conftest import RunningStack
from tests.contract.polling import until

pytestmark = pytest.mark.e2e

PARENT, ZONE = "platform.hmcts.net", "mailrelay.platform.hmcts.net"
HOST, RELATIVE = f"dev.{ZONE}", "_acme-challenge.dev"
DEAD = Endpoint("127.0.0.1", 9)


@pytest.fixture
def zones(stack: RunningStack) -> dict[str, Zone]:
    return dict(stack.inventory.zones)


@pytest.fixture
def azure(stack: RunningStack, zones: dict[str, Zone]) -> AzureDns:
    return AzureDns(zones, DefaultAzureCredential(), stack.addresses.arm)


@pytest.fixture
def client(stack: RunningStack, zones: dict[str, Zone]) -> Iterator[DnsManagementClient]:
    """Azure DNS by its SDK; the record set of HOST is empty before and after."""
    client = connect(DefaultAzureCredential(), stack.addresses.arm, zones[ZONE].subscription)
    write(client, zones[ZONE])
    yield client
    write(client, zones[ZONE])
    client.close()


def write(client: DnsManagementClient, zone: Zone, *values: str, ttl: int = 60, by: str = "test") -> None:
    """Make these the values of HOST's record set."""
    records = [TxtRecord(value=strings(value)) for value in values]
    wanted = RecordSet(ttl=ttl, metadata={"by": by}, txt_records=records)
    client.record_sets.create_or_update(zone.resource_group, zone.name, RELATIVE, "TXT", wanted)


def read(client: DnsManagementClient, zone: Zone) -> RecordSet:
    return client.record_sets.get(zone.resource_group, zone.name, RELATIVE, "TXT")


def values(client: DnsManagementClient, zone: Zone) -> list[str]:
    return sorted(value_of(record) for record in read(client, zone).txt_records or [])


@pytest.fixture
def alias(stack: RunningStack) -> Iterator[Callable[[str, str], None]]:
    """Make a name of the parent zone a CNAME, in the name server itself; it is gone after the test."""
    statement = (stack.folder / "bind" / "update.key").read_text()
    found = re.search(r'key "(.+)" \{ algorithm hmac-sha256; secret "(.+)"; \};', statement)
    assert found
    keyring = dns.tsigkeyring.from_text({found[1]: ("hmac-sha256", found[2])})
    address, _, port = stack.addresses.name_servers[0].partition(":")
    names = []

    def send(update: dns.update.UpdateMessage) -> None:
        assert dns.query.tcp(update, address, timeout=5, port=int(port)).rcode() == dns.rcode.NOERROR

    def make(name: str, target: str) -> None:
        names.append(name)
        update = dns.update.UpdateMessage(PARENT, keyring=keyring)
        update.replace(f"{name}.", 60, "CNAME", f"{target}.")
        send(update)

    yield make
    for name in names:
        update = dns.update.UpdateMessage(PARENT, keyring=keyring)
        update.delete(f"{name}.")
        send(update)


def test_others_values_ttl_and_metadata_stay(
    azure: AzureDns, client: DnsManagementClient, zones: dict[str, Zone]
) -> None:
    long = "x" * 300
    write(client, zones[ZONE], "theirs", long, ttl=300, by="somebody else")
    record = azure.locate(HOST, "ours")

    azure.publish(record)
    assert values(client, zones[ZONE]) == sorted(["ours", "theirs", long])
    azure.withdraw(record)

    seen = read(client, zones[ZONE])
    assert (seen.ttl, seen.metadata) == (300, {"by": "somebody else"})
    assert [record.value for record in seen.txt_records or []] == [["theirs"], ["x" * 255, "x" * 45]]


def test_the_last_value_leaves_an_empty_set(
    azure: AzureDns, client: DnsManagementClient, zones: dict[str, Zone]
) -> None:
    record = azure.locate(HOST, "ours")

    azure.publish(record)
    azure.withdraw(record)

    assert values(client, zones[ZONE]) == []


def test_what_is_there_already_is_not_written_again(
    azure: AzureDns, client: DnsManagementClient, zones: dict[str, Zone]
) -> None:
    record = azure.locate(HOST, "ours")
    azure.publish(record)
    etag = read(client, zones[ZONE]).etag

    azure.publish(record)
    azure.withdraw(TxtValue(record.zone, record.name, "never published"))

    assert read(client, zones[ZONE]).etag == etag


def test_writers_of_one_set_lose_nothing_to_each_other(
    stack: RunningStack, client: DnsManagementClient, zones: dict[str, Zone]
) -> None:
    written = [f"value-{number}" for number in range(4)]

    def publish(value: str) -> None:
        writer = AzureDns(zones, DefaultAzureCredential(), stack.addresses.arm)
        writer.publish(TxtValue(ZONE, f"_acme-challenge.{HOST}", value))

    with ThreadPoolExecutor(len(written)) as writers:
        list(writers.map(publish, written))

    assert values(client, zones[ZONE]) == written


def test_a_zone_that_is_not_ours_is_refused_with_the_right_that_it_needs(
    stack: RunningStack, zones: dict[str, Zone]
) -> None:
    others = {"hmcts.net": zones[ZONE].model_copy(update={"name": "hmcts.net"})}
    azure = AzureDns(others, DefaultAzureCredential(), stack.addresses.arm)

    with pytest.raises(
        PermanentError, match=r"cannot publish TXT a\.hmcts\.net in zone hmcts\.net: .* 403: .*TXT/read"
    ):
        azure.publish(TxtValue("hmcts.net", "a.hmcts.net", "ours"))


def test_a_zone_that_is_elsewhere_than_the_inventory_says_is_named(stack: RunningStack, zones: dict[str, Zone]) -> None:
    zones[ZONE] = zones[ZONE].model_copy(update={"resource_group": "elsewhere"})
    azure = AzureDns(zones, DefaultAzureCredential(), stack.addresses.arm)

    with pytest.raises(PermanentError, match=r"resourceGroups/.*not found"):
        azure.publish(TxtValue(ZONE, f"_acme-challenge.{HOST}", "ours"))


def test_a_value_of_a_zone_that_left_the_inventory_is_named(azure: AzureDns) -> None:
    with pytest.raises(PermanentError, match=r"in zone gone\.example\.net, which the inventory no longer has"):
        azure.withdraw(TxtValue("gone.example.net", "_acme-challenge.gone.example.net", "ours"))


def test_cnames_lead_to_the_zone_that_is_ours(azure: AzureDns, alias: Callable[[str, str], None]) -> None:
    name = f"{uuid4()}.{PARENT}"
    alias(f"_acme-challenge.{name}", f"step.{name}")
    alias(f"step.{name}", f"_acme-challenge.{HOST}")

    assert azure.locate(f"*.{name}", "v") == TxtValue(ZONE, f"_acme-challenge.{HOST}", "v")


def test_a_wildcard_s_cname_is_not_the_name_s_own(azure: AzureDns, alias: Callable[[str, str], None]) -> None:
    domain = f"{uuid4()}.{PARENT}"
    alias(f"*.{domain}", f"_acme-challenge.{HOST}")
    alias(f"_acme-challenge.own.{domain}", f"_acme-challenge.{HOST}")

    assert azure.locate(f"host.{domain}", "v") == TxtValue(PARENT, f"_acme-challenge.host.{domain}", "v")
    assert azure.locate(f"own.{domain}", "v") == TxtValue(ZONE, f"_acme-challenge.{HOST}", "v")


def test_a_zone_below_that_the_inventory_lacks_is_named(stack: RunningStack, zones: dict[str, Zone]) -> None:
    azure = AzureDns({PARENT: zones[PARENT]}, DefaultAzureCredential(), stack.addresses.arm)

    with pytest.raises(PermanentError, match=f"zone {ZONE} is delegated to ns1.{PARENT}, ns2.{PARENT}; add it"):
        azure.locate(HOST, "v")


def test_a_value_at_the_zone_itself_is_seen_and_withdrawn(azure: AzureDns) -> None:
    record = TxtValue(ZONE, ZONE, f"apex-{uuid4()}")
    azure.publish(record)
    until(lambda: azure.propagation([record])[0].complete)
    azure.withdraw(record)
    until(lambda: not azure.propagation([record])[0].seen_on)


def test_cnames_that_lead_in_a_circle_are_named(azure: AzureDns, alias: Callable[[str, str], None]) -> None:
    name = f"{uuid4()}.{PARENT}"
    alias(f"_acme-challenge.{name}", f"step.{name}")
    alias(f"step.{name}", f"_acme-challenge.{name}")

    with pytest.raises(PermanentError, match=f"_acme-challenge.{name} -> step.{name} -> _acme-challenge.{name}"):
        azure.locate(name, "v")


def test_resolvers_follow_cnames_and_find_name_servers(
    stack: RunningStack, zones: dict[str, Zone], alias: Callable[[str, str], None]
) -> None:
    resolved = {
        name: zone.model_copy(update={"name_servers": (), "resolvers": zone.name_servers})
        for name, zone in zones.items()
    }
    name = f"{uuid4()}.{PARENT}"
    alias(f"_acme-challenge.{name}", f"_acme-challenge.{HOST}")

    azure = AzureDns(resolved, DefaultAzureCredential(), stack.addresses.arm)

    assert azure.locate(name, "v").zone == ZONE
    assert azure.locate(HOST, "v").name == f"_acme-challenge.{HOST}"
    assert authoritative_servers(resolved[PARENT]) == (Endpoint("127.0.0.1"),)


def test_resolvers_that_are_silent_are_named(stack: RunningStack, zones: dict[str, Zone]) -> None:
    lonely = {ZONE: zones[ZONE].model_copy(update={"name_servers": (), "resolvers": (DEAD,)})}

    with pytest.raises(TransientError, match=rf"cannot look up CNAME _acme-challenge\.{HOST} at 127\.0\.0\.1:9: "):
        AzureDns(lonely, DefaultAzureCredential(), stack.addresses.arm).locate(HOST, "v")


def test_a_server_that_is_silent_holds_the_challenge_back(
    stack: RunningStack, zones: dict[str, Zone], client: DnsManagementClient
) -> None:
    del client
    servers = zones[ZONE].name_servers
    zones[ZONE] = zones[ZONE].model_copy(update={"name_servers": (*servers, DEAD)})
    azure = AzureDns(zones, DefaultAzureCredential(), stack.addresses.arm)
    record = azure.locate(HOST, "ours")
    azure.publish(record)

    until(lambda: len(azure.propagation([record])[0].seen_on) == len(servers))

    (propagation,) = azure.propagation([record])
    assert not propagation.complete
    assert propagation.words == "127.0.0.1:9: no answer within 3 s"


def test_an_answer_too_long_for_udp_is_read_over_tcp(client: DnsManagementClient, zones: dict[str, Zone]) -> None:
    many = {f"{number}{'x' * 300}" for number in range(10)}
    write(client, zones[ZONE], *many)

    assert txt_at(zones[ZONE].name_servers[0], f"_acme-challenge.{HOST}", ZONE).values == many
