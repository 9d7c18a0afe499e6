"""Azure DNS' stand-in, as azure-mgmt-dns writes and resolvers read."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.dns import DnsManagementClient
from azure.mgmt.dns.models import RecordSet, TxtRecord

from tests.standins.clients import Clients
from tests.standins.conftest import Stack
from tests.standins.primary import ZONE
from tests.standins.world import GROUP, READER, SUBSCRIPTION, WRITER, WRITERS_RECORD_SET

type Served = Callable[[str], list[tuple[str, ...]]]


@pytest.fixture
def dns(clients: Clients) -> DnsManagementClient:
    """Azure DNS as the zone's contributor sees it."""
    return clients.dns()


def values(*texts: str, ttl: int = 60) -> RecordSet:
    return RecordSet(ttl=ttl, txt_records=[TxtRecord(value=[text]) for text in texts], metadata={"by": "test"})


def put(dns: DnsManagementClient, name: str, wanted: RecordSet, **conditions: str) -> RecordSet:
    return dns.record_sets.create_or_update(GROUP, ZONE, name, "TXT", wanted, **conditions)


def deleted(dns: DnsManagementClient, name: str) -> int:
    """Delete a record set; the status of the answer."""
    statuses: list[int] = []
    dns.record_sets.delete(
        GROUP, ZONE, name, "TXT", raw_response_hook=lambda answer: statuses.append(answer.http_response.status_code)
    )
    return statuses[-1]


def body(error: HttpResponseError) -> Any:
    """An error's body; Azure DNS' own come without the frame of Resource Manager."""
    assert error.response
    return json.loads(error.response.text())


def get(dns: DnsManagementClient, name: str) -> RecordSet:
    return dns.record_sets.get(GROUP, ZONE, name, "TXT")


def test_values_are_served_before_the_answer_comes(dns: DnsManagementClient, served: Served, unique: str) -> None:
    put(dns, f"_acme-challenge.{unique}", values("one", "two"))

    assert served(f"_acme-challenge.{unique}.{ZONE}") == [("one",), ("two",)]


def test_a_record_set_reads_back_as_it_was_written(dns: DnsManagementClient, unique: str) -> None:
    written = put(dns, unique, values("one", ttl=42))

    read = get(dns, unique)
    assert read.etag == written.etag
    assert (read.ttl, read.metadata, read.fqdn) == (42, {"by": "test"}, f"{unique}.{ZONE}.")
    assert read.txt_records
    assert [record.value for record in read.txt_records] == [["one"]]
    assert unique in {one.name for one in dns.record_sets.list_by_type(GROUP, ZONE, "TXT")}


def test_the_zones_own_name_is_written_with_an_at_sign(dns: DnsManagementClient, served: Served) -> None:
    put(dns, "@", values("v=spf1 -all"))

    assert served(ZONE) == [("v=spf1 -all",)]
    assert get(dns, "@").fqdn == f"{ZONE}."


def test_a_long_value_is_several_strings_of_one_record(dns: DnsManagementClient, served: Served, unique: str) -> None:
    strings = ["a" * 255, "b" * 10]
    put(dns, unique, RecordSet(ttl=60, txt_records=[TxtRecord(value=strings)]))

    assert served(f"{unique}.{ZONE}") == [tuple(strings)]
    with pytest.raises(HttpResponseError, match="255"):
        put(dns, unique, values("a" * 256))


def test_an_empty_record_set_exists_and_is_not_served(dns: DnsManagementClient, served: Served, unique: str) -> None:
    put(dns, unique, values("one"))
    put(dns, unique, values())

    assert get(dns, unique).txt_records == []
    assert served(f"{unique}.{ZONE}") == []


def test_a_write_that_knows_the_latest_etag_wins_and_the_other_loses(
    dns: DnsManagementClient, served: Served, unique: str
) -> None:
    first = put(dns, unique, values("one"), if_none_match="*")
    second = put(dns, unique, values("one", "two"), if_match=str(first.etag))

    with pytest.raises(HttpResponseError, match="has been modified") as refused:
        put(dns, unique, values("lost"), if_match=str(first.etag))
    assert (refused.value.status_code, body(refused.value)["code"]) == (412, "PreconditionFailed")
    assert str(UUID(first.etag)) == first.etag
    assert second.etag != first.etag
    assert served(f"{unique}.{ZONE}") == [("one",), ("two",)]


def test_only_one_of_two_creates_succeeds(dns: DnsManagementClient, unique: str) -> None:
    put(dns, unique, values("one"), if_none_match="*")

    with pytest.raises(HttpResponseError, match="exists already and hence cannot be created again") as refused:
        put(dns, unique, values("two"), if_none_match="*")
    assert (refused.value.status_code, body(refused.value)["code"]) == (412, "PreconditionFailed")


def test_there_is_nothing_to_match_where_nothing_is(dns: DnsManagementClient, served: Served, unique: str) -> None:
    with pytest.raises(HttpResponseError, match="etag mismatch"):
        put(dns, unique, values("one"), if_match="some-etag")
    assert served(f"{unique}.{ZONE}") == []


def test_a_deleted_record_set_is_gone_and_no_longer_served(
    dns: DnsManagementClient, served: Served, unique: str
) -> None:
    put(dns, unique, values("one"))
    statuses = [deleted(dns, unique), deleted(dns, unique)]
    assert statuses == [200, 204]

    with pytest.raises(ResourceNotFoundError, match=f"'{unique}' does not exist in resource group"):
        get(dns, unique)
    assert served(f"{unique}.{ZONE}") == []


def test_a_name_with_an_alias_takes_no_values(dns: DnsManagementClient) -> None:
    with pytest.raises(HttpResponseError, match="CNAME") as refused:
        put(dns, "_acme-challenge.alias", values("one"))
    assert (refused.value.status_code, body(refused.value)["code"]) == (409, "Conflict")


def test_metadata_is_absent_where_none_was_given(dns: DnsManagementClient, unique: str) -> None:
    put(dns, unique, RecordSet(ttl=60, txt_records=[]))

    assert get(dns, unique).metadata is None


def test_another_version_of_the_api_is_refused(clients: Clients, stack: Stack, http: requests.Session) -> None:
    token = clients.credential().get_token("https://management.azure.com/.default").token
    zone = f"subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Network/dnsZones/{ZONE}"
    url, bearer = f"{stack.addresses.arm}/{zone}", {"Authorization": f"Bearer {token}"}

    newer = http.get(url, params={"api-version": "2023-07-01-preview"}, headers=bearer, timeout=5)
    missing = http.get(url, headers=bearer, timeout=5)

    assert (newer.status_code, newer.json()["error"]["code"]) == (400, "NoRegisteredProviderFound")
    assert "The supported api-versions are '2018-05-01'" in newer.json()["error"]["message"]
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, "MissingApiVersionParameter")


def test_a_zone_is_found_by_name_and_group(dns: DnsManagementClient) -> None:
    assert dns.zones.get(GROUP, ZONE).name_servers == [f"ns1.{ZONE}"]
    with pytest.raises(ResourceNotFoundError, match="ParentResourceNotFound"):
        dns.record_sets.get("another", ZONE, "x", "TXT")


def test_a_role_at_one_record_set_reads_and_writes_that_alone(clients: Clients, unique: str) -> None:
    writer = clients.dns(WRITER)
    put(writer, WRITERS_RECORD_SET, values("mine"))
    assert get(writer, WRITERS_RECORD_SET).txt_records

    with pytest.raises(HttpResponseError, match="AuthorizationFailed") as refused:
        put(writer, unique, values("not mine"))
    assert refused.value.status_code == 403
    assert f"object id '{WRITER.object_id}'" in str(refused.value)
    assert "Microsoft.Network/dnsZones/TXT/write" in str(refused.value)


def test_writing_is_not_deleting(clients: Clients) -> None:
    writer = clients.dns(WRITER)
    put(writer, WRITERS_RECORD_SET, values("mine"))

    with pytest.raises(HttpResponseError, match="TXT/delete"):
        writer.record_sets.delete(GROUP, ZONE, WRITERS_RECORD_SET, "TXT")


def test_reading_is_not_writing(clients: Clients, unique: str) -> None:
    with pytest.raises(HttpResponseError, match="TXT/write"):
        put(clients.dns(READER), unique, values("one"))


def test_a_token_for_something_else_opens_nothing(stack: Stack, http: requests.Session, clients: Clients) -> None:
    token = clients.credential().get_token("https://storage.azure.com/.default").token
    zone = f"subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Network/dnsZones/{ZONE}"
    url = f"{stack.addresses.arm}/{zone}?api-version=2018-05-01"

    assert http.get(url, timeout=5).status_code == 401
    answer = http.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert answer.status_code == 401
    assert token not in answer.text


def test_other_types_are_not_implemented(dns: DnsManagementClient) -> None:
    with pytest.raises(HttpResponseError, match=f"does not implement GET /subscriptions/.*/dnsZones/{ZONE}/A/x"):
        dns.record_sets.get(GROUP, ZONE, "x", "A")
