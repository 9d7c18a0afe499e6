from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.inventory import SELF_SIGNED, Endpoint, Inventory, SecretReference, Workload, parse
from shared.inventory.relays import files_of
from shared.inventory.systems import covering, enclosing
from tests.unit.inventory.inventories import RIGHT, edited

EXAMPLE = Path(__file__).parents[3] / "inventory.example.yaml"
DEV = "dev-mailrelay-platform-hmcts-net"
DEV_IN = "dev-in-mailrelay-internal-platform-hmcts-net"
PROD = "prod-mailrelay-platform-hmcts-net"


@pytest.fixture
def example() -> Inventory:
    return parse(EXAMPLE.read_text(encoding="utf-8"))


def test_the_example_has_all_relays_and_certificates(example: Inventory) -> None:
    assert list(example.vaults) == ["dev", "prod"]
    assert list(example.clusters) == ["ss-dev-00", "ss-dev-01", "ss-prod-00", "ss-prod-01"]
    assert {name: (entry.vault, entry.issuer, entry.dns_names) for name, entry in example.certificates.items()} == {
        DEV: ("dev", "letsencrypt", ("dev.mailrelay.platform.hmcts.net",)),
        DEV_IN: ("dev", SELF_SIGNED, ("dev-in.mailrelay.internal.platform.hmcts.net",)),
        PROD: ("prod", "letsencrypt", ("prod.mailrelay.platform.hmcts.net",)),
    }
    assert {name: relay.first for name, relay in example.relays.items()} == {"dev": DEV, "prod": PROD}


def test_the_longest_zone_wins(example: Inventory) -> None:
    zones = {zone.name: zone.delegated_from for zone in example.zones.values()}
    assert covering("dev.mailrelay.platform.hmcts.net", zones) == "mailrelay.platform.hmcts.net"
    assert covering("mailrelay.platform.hmcts.net", zones) == "mailrelay.platform.hmcts.net"
    assert covering("*.mailrelay.platform.hmcts.net", zones) == "mailrelay.platform.hmcts.net"
    assert covering("notmailrelay.platform.hmcts.net", zones) == "platform.hmcts.net"
    assert covering("hmcts.net", zones) is None


def test_a_challenge_s_zone_wins_over_the_zone_around_it() -> None:
    zones = {"example.net": ["example.org"], "_acme-challenge.mail.example.net": ["_acme-challenge.mail.example.org"]}
    longest = "_acme-challenge.mail.example.net"
    assert {name: covering(name, zones) for name in ("mail.example.net", "*.mail.example.net", "mail.example.org")} == {
        "mail.example.net": longest,
        "*.mail.example.net": longest,
        "mail.example.org": longest,
    }
    assert covering("sub.mail.example.net", zones) == covering("example.net", zones) == "example.net"
    assert covering("other.mail.example.org", zones) == "example.net"
    assert enclosing("mail.example.net", zones) == "example.net"


def test_a_delegated_suffix_counts_as_the_zone_that_its_challenges_lead_to() -> None:
    delegated = edited(("resource_group: dns", "resource_group: dns, delegated_from: [sub.example.org, a.example.net]"))
    zones = {zone.name: zone.delegated_from for zone in parse(delegated).zones.values()}
    assert covering("mail.sub.example.org", zones) == "example.net"


def test_places_come_in_the_order_in_which_certificates_arrive(example: Inventory) -> None:
    assert [str(place) for place in example.places(DEV)] == ["dev@ss-dev-00", "dev@ss-dev-01"]
    assert [str(place) for place in example.places(PROD)] == ["prod@ss-prod-00", "prod@ss-prod-01"]
    assert [str(place) for place in parse(RIGHT).places("inside")] == ["outer@c-00", "outer@c-01", "inner@c-01"]
    assert example.places("unknown") == ()
    assert example.places(DEV_IN) == example.places(DEV), "a place is one, however many certificates it serves"


def test_certificates_that_share_a_secret_own_different_files(example: Inventory) -> None:
    owned = {
        name: files_of(place.relay, place.relay.serving(name), example.certificates[name].dns_names, "v1")
        for name in (DEV, DEV_IN)
        for place in example.places(name)
    }
    assert owned == {
        DEV: {
            "dev.mailrelay.platform.hmcts.net.current": "version",
            "dev.mailrelay.platform.hmcts.net.v1.pem": "bundle",
            "default.current": "version",
            "default.v1.pem": "bundle",
        },
        DEV_IN: {
            "dev-in.mailrelay.internal.platform.hmcts.net.current": "version",
            "dev-in.mailrelay.internal.platform.hmcts.net.v1.pem": "bundle",
        },
    }


def test_the_defaults_are_strong() -> None:
    inventory = parse(RIGHT)
    certificate, relay, issuer = inventory.certificates["mail"], inventory.relays["outer"], inventory.issuers["ca"]
    assert (certificate.key, certificate.uses, certificate.mode, certificate.takeover) == (
        "ec-256",
        ("server",),
        "manage",
        None,
    )
    assert (relay.files, relay.reload) == ({"tls.crt": "chain", "tls.key": "key"}, "auto")
    assert issuer.roots == "system"


def test_every_entry_knows_its_name() -> None:
    inventory = parse(RIGHT)
    sections: list[Mapping[str, object]] = [
        inventory.vaults,
        inventory.issuers,
        inventory.zones,
        inventory.clusters,
        inventory.certificates,
        inventory.relays,
    ]
    for section in sections:
        assert {name: getattr(entry, "name", None) for name, entry in section.items()} == {
            name: name for name in section
        }


def test_text_is_read_into_values() -> None:
    inventory = parse(
        edited(("resource_group: dns", 'resource_group: dns, name_servers: [10.0.0.1, "[2001:db8::1]:5353"]'))
    )
    assert inventory.zones["example.net"].name_servers == (Endpoint("10.0.0.1", 53), Endpoint("2001:db8::1", 5353))
    assert inventory.issuers["ca"].account_key == SecretReference("dev", "ca-account-key")
    assert inventory.relays["outer"].workload == Workload("mail", "statefulset", "relay")


def test_the_final_slash_of_a_vault_url_is_dropped() -> None:
    text = edited(("https://dev.vault.example.net", "https://dev.vault.example.net/"))
    assert parse(text).vaults["dev"].url == "https://dev.vault.example.net"


def test_an_inventory_cannot_be_changed_in_use(example: Inventory) -> None:
    with pytest.raises(TypeError):
        example.certificates["new"] = example.certificates[DEV]  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        example.certificates[DEV].vault = "prod"


def test_a_name_server_is_written_as_in_the_inventory() -> None:
    assert [str(Endpoint("192.0.2.1")), str(Endpoint("2001:db8::1", 5353))] == ["192.0.2.1:53", "[2001:db8::1]:5353"]
