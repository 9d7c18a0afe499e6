"""Azure DNS' own answers, and what the port makes of them."""

import pytest

from shared.adapters.dns.azure_dns import CHANGE_ATTEMPTS, AzureDns
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError, RelaykeeperError, TransientError
from shared.inventory import Zone
from tests.wire.azure.services import Identity, Reply, Service, refusal

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ZONE = Zone.model_validate({"name": "example.net", "subscription": SUBSCRIPTION, "resource_group": "dns"})
RECORD = TxtValue("example.net", "_acme-challenge.example.net", "ours")
SET = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/dns/providers/Microsoft.Network/dnsZones/example.net"
    "/TXT/_acme-challenge"
)
ABSENT = Reply(404, {"code": "NotFound", "message": "The resource record '_acme-challenge' does not exist."})
EXISTS = "The Record set _acme-challenge exists already and hence cannot be created again."
MODIFIED = "The Record set _acme-challenge has been modified (etag mismatch)."
CNAME = "The record could not be created because a CNAME record with the same name already exists in this zone."


def unframed(status: int, code: str, message: str) -> Reply:
    """An error as Azure DNS itself writes it, without Resource Manager's frame."""
    return Reply(status, {"code": code, "message": message})


def record_set(*values: str, etag: str = "00000000-0000-4000-8000-000000000001") -> Reply:
    properties = {"TTL": 60, "TXTRecords": [{"value": [value]} for value in values]}
    return Reply(200, {"id": SET, "name": "_acme-challenge", "etag": etag, "properties": properties})


@pytest.fixture
def dns(service: Service) -> AzureDns:
    return AzureDns({"example.net": ZONE}, Identity(), service.url)


@pytest.mark.parametrize("words", [EXISTS, MODIFIED])
def test_a_set_that_changed_since_is_read_and_written_again(service: Service, dns: AzureDns, words: str) -> None:
    service.answer(f"GET {SET}", ABSENT, record_set("theirs"))
    service.answer(f"PUT {SET}", unframed(412, "PreconditionFailed", words), record_set("theirs", "ours"))

    dns.publish(RECORD)

    assert service.calls() == [f"GET {SET}", f"PUT {SET}"] * 2


def test_a_set_that_changes_every_time_is_left_for_later(service: Service, dns: AzureDns) -> None:
    service.answer(f"GET {SET}", record_set())
    service.answer(f"PUT {SET}", unframed(412, "PreconditionFailed", MODIFIED))

    with pytest.raises(TransientError):
        dns.publish(RECORD)
    assert service.calls().count(f"PUT {SET}") == CHANGE_ATTEMPTS


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (unframed(409, "Conflict", CNAME), PermanentError, r"delete the CNAME _acme-challenge\.example\.net"),
        (refusal(409, "ScopeLocked", "The scope cannot perform write operation."), PermanentError, "Remove the lock"),
        (unframed(409, "Conflict", "Another request is in progress."), TransientError, "others are at work"),
    ],
)
def test_a_conflict_is_a_cname_a_lock_or_somebody_at_work(
    service: Service, dns: AzureDns, reply: Reply, kind: type[RelaykeeperError], words: str
) -> None:
    service.answer(f"GET {SET}", ABSENT)
    service.answer(f"PUT {SET}", reply)

    with pytest.raises(
        RelaykeeperError, match=rf"cannot publish TXT _acme-challenge\.example\.net .*{words}"
    ) as raised:
        dns.publish(RECORD)
    assert type(raised.value) is kind


def test_an_empty_set_is_one_to_add_to(service: Service, dns: AzureDns) -> None:
    service.answer(f"GET {SET}", record_set())
    service.answer(f"PUT {SET}", record_set("ours"))

    dns.publish(RECORD)

    assert service.calls() == [f"GET {SET}", f"PUT {SET}"]


def test_each_call_asks_for_the_pinned_version(service: Service, dns: AzureDns) -> None:
    service.answer(f"GET {SET}", record_set("ours"))
    service.answer(f"PUT {SET}", record_set())

    dns.withdraw(RECORD)

    assert [asked.version for asked in service.asked] == ["2018-05-01"] * 2
