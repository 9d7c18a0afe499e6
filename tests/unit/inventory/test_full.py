"""Everything that an inventory can say is read into values that the domain works with."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.inventory import Endpoint, Inventory, RelayPort, SecretReference, parse
from shared.inventory.relays import files_of
from tests.unit.inventory.inventories import FULL, RIGHT, edited

VERSION = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def full() -> Inventory:
    return parse(FULL)


def test_ports_are_those_of_the_pods_and_those_of_the_service(full: Inventory) -> None:
    ports = full.relays["outer"].ports
    assert ports == (RelayPort(25, 25), RelayPort(8587, 587), RelayPort(8465, 465))
    assert [port.implicit for port in ports] == [False, False, True]
    assert [str(port) for port in ports] == ["25", "8587/587", "8465/465"]


def test_a_cluster_is_entered_in_one_of_two_ways(full: Inventory) -> None:
    assert full.clusters["c-00"].kubeconfig == SecretReference("dev", "c-00-kubeconfig")
    assert full.clusters["c-01"].kubeconfig is None
    assert (full.clusters["c-01"].server, full.clusters["c-01"].ca_file) == ("https://c-01.example.net", "c-01.pem")


def test_times_are_read_in_their_zones(full: Inventory) -> None:
    cluster, relay = full.clusters["c-00"], full.relays["outer"]
    assert str(cluster.asleep) == "20:00-06:30 Europe/London"
    assert cluster.suspended is not None
    assert cluster.suspended.until == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert f"{cluster.suspended.until:%H:%M %Z}, {cluster.suspended.reason}" == "17:00 UTC, rebuilt"
    assert str(relay.window) == "Mon-Thu 09:00-16:00 Europe/London"
    assert (relay.pick_up, relay.settle) == (timedelta(seconds=60), timedelta(minutes=15))


def test_a_place_knows_its_cluster_and_every_freeze_that_holds_there(full: Inventory) -> None:
    first, second, third = full.places("mail")
    assert [first.site.name, second.site.name, third.site.name] == ["c-00", "c-01", "c-01"]
    assert [freeze.reason for freeze in first.freezes] == [
        "Christmas",
        "the node pool is replaced",
        "it moves",
        "end of year",
    ]
    assert [freeze.reason for freeze in second.freezes] == ["Christmas", "it moves", "end of year"]
    assert third.freezes == full.freeze


def test_a_public_endpoint_is_a_name_or_an_address(full: Inventory) -> None:
    assert [
        (endpoint.host, endpoint.port, endpoint.resolver) for endpoint in full.relays["outer"].public_endpoints
    ] == [
        ("relay.example.net", 25, Endpoint("10.0.0.3")),
        ("2001:db8::1", 465, None),
    ]


def test_a_relay_refuses_unauthenticated_mail_where_that_is_said(full: Inventory) -> None:
    refused = {name: relay.refuses_unauthenticated for name, relay in full.relays.items()}
    assert refused == {"outer": "postmaster@example.org", "inner": None}


def test_files_of_a_version_bear_its_name(full: Inventory) -> None:
    relay = full.relays["outer"]
    assert files_of(relay, relay.serves[0], full.certificates["mail"].dns_names, VERSION) == {
        f"mail.example.net.{VERSION}.pem": "bundle",
        f"smtp.example.org.{VERSION}.pem": "bundle",
        "mail.example.net.current": "version",
        "smtp.example.org.current": "version",
    }


def test_where_something_else_brings_the_files_there_is_no_secret(full: Inventory) -> None:
    inner = full.relays["inner"]
    assert (inner.sync, inner.serves[0].secret) == ("none", None)
    assert inner.pick_up == timedelta(minutes=5, seconds=30)


def test_what_is_not_said_holds_nothing_back() -> None:
    inventory = parse(RIGHT)
    relay, cluster = inventory.relays["outer"], inventory.clusters["c-00"]
    assert (relay.sync, relay.pick_up, relay.settle) == ("secret", timedelta(minutes=2), timedelta())
    assert (relay.window, relay.adopt, relay.service, relay.public_endpoints) == (None, None, None, ())
    assert (cluster.kubeconfig, cluster.asleep, cluster.suspended) == (None, None, None)
    assert [place.freezes for place in inventory.places("mail")] == [(), ()]


def test_a_reason_is_one_line_however_it_is_written() -> None:
    folded = edited(("vaults:", "freeze:\n  - until: 2026-12-28T08:00Z\n    reason: |\n      a\n       b\n\nvaults:"))
    assert parse(folded).freeze[0].reason == "a b"
