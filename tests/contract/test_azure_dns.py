"""What Azure DNS and real name servers do besides what ports.Dns promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from azure.identity import DefaultAzureCredential
from azure.mgmt.dns import DnsManagementClient
from azure.mgmt.dns.models import RecordSet, TxtRecord

from shared.adapters.dns.azure_dns import AzureDns, dns_client, record_value, strings
from shared.adapters.dns.name_servers import authoritative_servers, txt_at
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError, TransientError
from shared.inventory import Endpoint, Zone
from tests.conftest import RunningStack
from tests.contract.dns_sites import (
    LONGEST_PROPAGATION,
    PARENT,
    ZONE,
    Alias,
    Site,
    real_aliases,
    real_site,
    stack_aliases,
    stack_site,
)
from tests.contract.named import ZONE as NAMED
from tests.contract.named import named
from tests.contract.polling import until

pytestmark = pytest.mark.e2e

real = pytest.mark.azure
"""Also passes against Azure DNS itself."""

HOST = f"dev.{ZONE}"
DEAD = Endpoint("127.0.0.1", 9)


@pytest.fixture
def zones(stack: RunningStack) -> dict[str, Zone]:
    return dict(stack.inventory.zones)


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    """The zones under test."""
    zone_id = named(NAMED)
    return real_site(zone_id) if zone_id else stack_site(request.getfixturevalue("stack"))


@pytest.fixture
def azure(site: Site) -> AzureDns:
    return AzureDns(site.zones, DefaultAzureCredential(), site.arm)


@pytest.fixture
def client(site: Site) -> Iterator[DnsManagementClient]:
    """Azure DNS by its SDK; the record set of the site's host is empty before. After, it is gone, or empty where the
    identity may not delete."""
    with dns_client(DefaultAzureCredential(), site.arm, site.zone.subscription) as client:
        write(client, site)
        yield client
        if named(NAMED):
            client.record_sets.delete(site.zone.resource_group, site.zone.name, site.relative, "TXT")
        else:
            write(client, site)


def write(client: DnsManagementClient, site: Site, *values: str, ttl: int = 60, by: str = "test") -> None:
    """Make these the values of the host's record set."""
    records = [TxtRecord(value=strings(value)) for value in values]
    wanted = RecordSet(ttl=ttl, metadata={"by": by}, txt_records=records)
    client.record_sets.create_or_update(site.zone.resource_group, site.zone.name, site.relative, "TXT", wanted)


def read(client: DnsManagementClient, site: Site) -> RecordSet:
    return client.record_sets.get(site.zone.resource_group, site.zone.name, site.relative, "TXT")


def values(client: DnsManagementClient, site: Site) -> list[str]:
    return sorted(record_value(record) for record in read(client, site).txt_records or [])


@pytest.fixture
def alias(request: pytest.FixtureRequest, site: Site) -> Iterator[Alias]:
    """Make a name a CNAME; it is gone after the test."""
    if named(NAMED):
        with real_aliases(site, request.getfixturevalue("client")) as make:
            yield make
    else:
        with stack_aliases(request.getfixturevalue("stack")) as make:
            yield make


@real
def test_others_values_ttl_and_metadata_stay(azure: AzureDns, client: DnsManagementClient, site: Site) -> None:
    long = "x" * 300
    write(client, site, "theirs", long, ttl=300, by="somebody else")
    record = azure.locate(site.host, "ours")

    azure.publish(record)
    assert values(client, site) == sorted(["ours", "theirs", long])
    azure.withdraw(record)

    seen = read(client, site)
    assert (seen.ttl, seen.metadata) == (300, {"by": "somebody else"})
    assert [record.value for record in seen.txt_records or []] == [["theirs"], ["x" * 255, "x" * 45]]


@real
def test_the_last_value_leaves_an_empty_set(azure: AzureDns, client: DnsManagementClient, site: Site) -> None:
    record = azure.locate(site.host, "ours")

    azure.publish(record)
    azure.withdraw(record)

    assert values(client, site) == []


@real
def test_what_is_there_already_is_not_written_again(azure: AzureDns, client: DnsManagementClient, site: Site) -> None:
    record = azure.locate(site.host, "ours")
    azure.publish(record)
    etag = read(client, site).etag

    azure.publish(record)
    azure.withdraw(TxtValue(record.zone, record.name, "never published"))

    assert read(client, site).etag == etag


@real
def test_writers_of_one_set_lose_nothing_to_each_other(site: Site, client: DnsManagementClient) -> None:
    written = [f"value-{number}" for number in range(4)]

    def publish(value: str) -> None:
        writer = AzureDns(site.zones, DefaultAzureCredential(), site.arm)
        writer.publish(TxtValue(site.zone.name, f"_acme-challenge.{site.host}", value))

    with ThreadPoolExecutor(len(written)) as writers:
        list(writers.map(publish, written))

    assert values(client, site) == written


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


@real
def test_cnames_lead_to_the_zone_that_is_ours(azure: AzureDns, site: Site, alias: Alias) -> None:
    name = site.elsewhere
    alias(f"_acme-challenge.{name}", f"step.{name}")
    alias(f"step.{name}", f"_acme-challenge.{site.host}")

    assert azure.locate(f"*.{name}", "v") == TxtValue(site.zone.name, f"_acme-challenge.{site.host}", "v")


def test_a_wildcard_s_cname_is_not_the_name_s_own(azure: AzureDns, alias: Alias) -> None:
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


@real
def test_cnames_that_lead_in_a_circle_are_named(azure: AzureDns, site: Site, alias: Alias) -> None:
    name = site.elsewhere
    alias(f"_acme-challenge.{name}", f"step.{name}")
    alias(f"step.{name}", f"_acme-challenge.{name}")

    with pytest.raises(PermanentError, match=f"_acme-challenge.{name} -> step.{name} -> _acme-challenge.{name}"):
        azure.locate(name, "v")


@real
def test_a_cname_that_stands_at_the_name_itself_is_named_with_what_to_do(
    azure: AzureDns, site: Site, alias: Alias
) -> None:
    """Somebody made it after we looked."""
    name = f"_acme-challenge.{site.elsewhere}"
    alias(name, f"_acme-challenge.{site.host}")
    zone = PARENT if PARENT in site.zones else site.zone.name

    with pytest.raises(PermanentError, match=rf"CNAME record with the same name .*delete the CNAME {name}"):
        azure.publish(TxtValue(zone, name, "ours"))


def test_resolvers_follow_cnames_and_find_name_servers(
    stack: RunningStack, zones: dict[str, Zone], alias: Alias
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


@real
def test_a_server_that_is_silent_holds_the_challenge_back(site: Site, client: DnsManagementClient) -> None:
    del client
    servers = site.zone.name_servers
    zones = {**site.zones, site.zone.name: site.zone.model_copy(update={"name_servers": (*servers, DEAD)})}
    azure = AzureDns(zones, DefaultAzureCredential(), site.arm)
    record = TxtValue(site.zone.name, f"_acme-challenge.{site.host}", "ours")
    azure.publish(record)

    until(lambda: len(azure.propagation([record])[0].seen_on) == len(servers), LONGEST_PROPAGATION)

    (propagation,) = azure.propagation([record])
    assert not propagation.complete
    assert propagation.message == "127.0.0.1:9: no answer within 3 s"


@real
def test_an_answer_too_long_for_udp_is_read_over_tcp(client: DnsManagementClient, site: Site) -> None:
    many = {f"{number}{'x' * 300}" for number in range(10)}
    write(client, site, *many)

    until(
        lambda: txt_at(site.zone.name_servers[0], f"_acme-challenge.{site.host}", site.zone.name).values == many,
        LONGEST_PROPAGATION,
    )
