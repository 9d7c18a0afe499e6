"""Changing one value of a record set that others write to."""

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.dns.models import RecordSet, TxtRecord

from shared.adapters.dns.azure_dns import CHANGE_ATTEMPTS, RecordSets, record_value, relative, strings
from shared.domain.issuing.issuance import TxtValue
from shared.errors import TransientError
from shared.inventory import Zone

ZONE = Zone.model_validate(
    {"name": "example.net", "subscription": "00000000-0000-0000-0000-000000000001", "resource_group": "dns"}
)
RECORD = TxtValue("example.net", "_acme-challenge.example.net", "ours")


class Racing:
    """One record set, which somebody else changes `races` times between our reading and our writing."""

    def __init__(self, *values: str, races: int = 0) -> None:
        self.values: list[str] | None = list(values) or None
        self.etag = 0
        self.races = races
        self.written: list[RecordSet] = []
        self.names: list[tuple[str, ...]] = []

    def connect(self, _: str) -> Any:
        return SimpleNamespace(record_sets=self)

    def get(self, *_: str) -> RecordSet:
        if self.values is None:
            raise ResourceNotFoundError("none")
        records = [TxtRecord(value=strings(value)) for value in self.values]
        return RecordSet(ttl=7, etag=str(self.etag), txt_records=records)

    def create_or_update(self, *names: Any, if_match: str | None = None, if_none_match: str | None = None) -> None:
        if self.races:
            self.races -= 1
            self.etag += 1
            self.values = [*(self.values or []), f"theirs-{self.etag}"]
        if if_match != (None if self.values is None else str(self.etag)) or (self.values is not None and if_none_match):
            raise precondition_failed()
        wanted: RecordSet = names[-1]
        self.names.append(names[:-1])
        self.written.append(wanted)
        self.values = [record_value(record) for record in wanted.txt_records or []]


def precondition_failed() -> HttpResponseError:
    error = HttpResponseError("changed")
    error.status_code = 412
    return error


def test_a_new_set_lives_for_a_minute_and_must_not_exist() -> None:
    azure = Racing()

    RecordSets(azure.connect).add(ZONE, RECORD)

    assert azure.values == ["ours"]
    assert azure.written[0].ttl == 60


@pytest.mark.parametrize("races", [1, CHANGE_ATTEMPTS - 1])
def test_concurrent_writers_lose_no_value(races: int) -> None:
    azure = Racing(races=races)

    RecordSets(azure.connect).add(ZONE, RECORD)

    assert azure.values == [*(f"theirs-{number + 1}" for number in range(races)), "ours"]
    assert azure.written[0].ttl == 7


def test_writers_that_never_rest_end_the_attempt() -> None:
    azure = Racing("ours", races=CHANGE_ATTEMPTS)

    with pytest.raises(TransientError, match=r"cannot withdraw TXT _acme-challenge\.example\.net .*5 times in a row"):
        RecordSets(azure.connect).remove(ZONE, RECORD)
    assert azure.written == []


def test_a_set_that_does_not_exist_holds_nothing_to_withdraw() -> None:
    azure = Racing()

    RecordSets(azure.connect).remove(ZONE, RECORD)

    assert azure.values is None


def test_a_challenge_s_own_zone_holds_its_value_at_the_zone_itself() -> None:
    zone = ZONE.model_copy(update={"name": "_acme-challenge.mail.example.net"})
    azure = Racing()

    RecordSets(azure.connect).add(zone, TxtValue(zone.name, zone.name, "ours"))

    assert azure.values == ["ours"]
    assert azure.names == [("dns", zone.name, "@", "TXT")]


@pytest.mark.parametrize(
    ("name", "called"),
    [("_acme-challenge.a.example.net", "_acme-challenge.a"), ("example.net", "@"), ("a.example.net", "a")],
)
def test_names_are_relative_to_their_zone(name: str, called: str) -> None:
    assert relative(name, ZONE) == called
