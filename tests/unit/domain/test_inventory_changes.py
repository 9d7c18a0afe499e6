"""What differs between two inventories, and what of the other one the app looks at already."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from shared.domain.inventory_changes import FieldChange, ObjectChange, looked_at, new_places, object_changes, unlabelled
from shared.inventory import Inventory, parse
from shared.inventory.field_kinds import KINDS
from shared.inventory.relays import Relay
from tests.fakes.inventory import HOST, NAME, small_document, small_inventory

DEPLOYED = small_inventory()


def changes(after: Inventory, before: Inventory = DEPLOYED) -> list[ObjectChange]:
    return list(object_changes(before, after))


def test_an_inventory_does_not_differ_from_itself() -> None:
    assert changes(small_inventory()) == []


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"dns_names": [HOST, "x.mail.example.net"]}, FieldChange("dns_names", ("x.mail.example.net",), ())),
        ({"mode": "observe"}, FieldChange("mode", ("observe",), ("manage",))),
        ({"takeover": "acmebot"}, FieldChange("takeover", ("acmebot",), ())),
    ],
)
def test_a_field_that_differs_says_what_it_has_and_had(fields: Mapping[str, Any], change: FieldChange) -> None:
    assert changes(small_inventory(None, None, None, **fields)) == [
        ObjectChange("certificate", NAME, "changed", (change,))
    ]


def test_a_relay_s_clusters_and_window() -> None:
    [change] = changes(small_inventory({"clusters": ["ss-dev-01", "ss-dev-00"], "window": "01:00-05:00 UTC"}))
    assert (change.kind, change.name) == ("relay", "dev")
    assert change.fields == (FieldChange("clusters", (), ()), FieldChange("window", ("01:00-05:00 UTC",), ()))


def test_what_is_new_or_gone_is_said_once() -> None:
    document = small_document()
    document["certificates"]["other"] = document["certificates"].pop("dev-in-mail-example-net")
    document["relays"]["dev"]["serves"][1]["certificate"] = "other"
    found = [
        (each.name, each.change) for each in changes(parse(yaml.safe_dump(document))) if each.kind == "certificate"
    ]
    assert found == [("other", "added"), ("dev-in-mail-example-net", "removed")]


def test_freezes_and_alerts_concern_everything() -> None:
    document: dict[str, Any] = {**small_document(), "alerts": {"reminder": 60}}
    document["freeze"] = [{"until": "2026-12-01T00:00:00Z", "reason": "holidays"}]
    [change] = changes(parse(yaml.safe_dump(document)))
    assert (change.kind, [each.field for each in change.fields]) == ("everything", ["freeze", "reminder"])


CLIENT = {"pcol": {"mode": "manage"}}


def test_a_new_cluster_of_a_relay_is_not_looked_at_and_the_others_are() -> None:
    deployed = small_inventory({"clusters": ["ss-dev-00"]})
    given = small_inventory()
    known = looked_at(given, deployed)
    assert known.relays["dev"].clusters == ("ss-dev-00",)
    assert new_places(given.places(NAME), known.places(NAME)) == ("dev@ss-dev-01",)


def test_a_client_with_a_new_secret_is_not_looked_at_and_proves_nothing() -> None:
    relay = {"clients": {"secret": "relay-clients"}, "probe_client": "pcol"}
    deployed = small_inventory(relay, None, CLIENT)
    assert looked_at(deployed, deployed) == deployed
    known = looked_at(small_inventory(relay, None, {"pcol": {"mode": "manage", "secret": "other"}}), deployed)
    assert (dict(known.clients), known.relays["dev"].probe_client) == ({}, None)


OTHERS: Mapping[str, object] = {
    "workload": "other/statefulset/other",
    "ports": [25, 26],
    "service": "other",
    "serves": [{"certificate": NAME, "secret": "other"}],
    "clients": {"secret": "other"},
}
"""Another value of each field of a relay that is a source, or has one in it."""


def test_the_values_below_are_of_all_sources() -> None:
    parts = {"serves", "clients"}
    sources = {name for name, kind in KINDS[Relay].items() if kind == "source"}
    assert set(OTHERS) == sources | parts


@pytest.mark.parametrize("field", OTHERS)
def test_a_relay_with_another_source_is_not_looked_at(field: str) -> None:
    assert dict(looked_at(small_inventory({field: OTHERS[field]}), DEPLOYED).relays) == {}


def test_fewer_sources_are_looked_at() -> None:
    deployed = small_inventory({"ports": [25, 587]})
    assert "dev" in looked_at(small_inventory({"ports": [25]}), deployed).relays


@pytest.mark.parametrize("kind", ["certificate", "relay", "client"])
def test_labels_that_differ_are_shown_and_left_out_of_what_is_done(kind: str) -> None:
    labels = {"labels": {"team": "mail", "empty": ""}}
    fields: Mapping[str, Any] = labels if kind == "certificate" else {}
    clients = {"pcol": labels if kind == "client" else {}}
    after = small_inventory(labels if kind == "relay" else None, None, clients, **fields)
    before = small_inventory(clients={"pcol": {}})
    [change] = changes(after, before)

    assert (change.kind, change.fields) == (kind, (FieldChange("labels", ("team: mail", "empty: "), ()),))
    assert unlabelled(after) == unlabelled(before)
