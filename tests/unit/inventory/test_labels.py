"""Labels of the inventory: Kubernetes' syntax, for certificates, clients and relays."""

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shared.inventory import Inventory, parse
from shared.inventory.schema import schema
from shared.labels import MOST_LABELS
from tests.fakes.inventory import NAME, small_document
from tests.unit.inventory.inventories import assert_one_problem

SECTIONS = [("certificates", NAME), ("clients", "pcol"), ("relays", "dev")]
LONGEST = "a" * 63
LONG_DOMAIN = ".".join(["a" * 60] * 5)
KEYS = ["team", "A", "a.b_c-D9", LONGEST, "example.net/team", f"x/{LONGEST}", f"{'a' * 63}.{'b' * 63}.net/t"]
VALUES = ["", "mail", "Mail.2_x-Y", LONGEST]


def document(section: str, name: str, labels: object) -> dict[str, Any]:
    found = small_document(clients={"pcol": {}})
    found[section][name]["labels"] = labels
    return found


def labelled(section: str, name: str, labels: object) -> Inventory:
    return parse(yaml.safe_dump(document(section, name, labels)))


@pytest.mark.parametrize(("section", "name"), SECTIONS)
def test_an_object_may_have_labels(section: str, name: str) -> None:
    labels = {key: VALUES[number % len(VALUES)] for number, key in enumerate(KEYS)}
    assert getattr(labelled(section, name, labels), section)[name].labels == labels


@pytest.mark.parametrize(("section", "name"), SECTIONS)
def test_without_labels_there_is_none(section: str, name: str) -> None:
    inventory = parse(yaml.safe_dump(small_document(clients={"pcol": {}})))
    assert getattr(inventory, section)[name].labels == {}


@pytest.mark.parametrize(
    ("labels", "path", "says"),
    [
        ("{-team: a}", "labels.-team", "is not a label's key: letters, digits, dashes"),
        ("{team.: a}", 'labels."team."', "beginning and ending with a letter or digit"),
        ("{'two words': a}", 'labels."two words"', "is not a label's key"),
        ("{'': a}", "labels.", "an empty text is not a label's key"),
        (f"{{{'k' * 64}: a}}", f"labels.{'k' * 64}", "at most 63 characters"),
        ("{/team: a}", "labels./team", "nothing stands before the slash"),
        ("{Example.net/team: a}", 'labels."Example.net/team"', "a lower-case DNS name and a slash"),
        ("{a/b/c: a}", "labels.a/b/c", "is not a label's key"),
        (f"{{{LONG_DOMAIN}/t: a}}", f'labels."{LONG_DOMAIN}/t"', "is not a label's key"),
        ("{team: two words}", "labels.team", "two words is not a label's value"),
        ("{team: mail-}", "labels.team", "mail- is not a label's value"),
        (f"{{team: {'v' * 64}}}", "labels.team", "at most 63 characters, or nothing"),
        ("{team: 1}", "labels.team", 'text goes in quotes: "1"'),
        ("{team: true}", "labels.team", 'text goes in quotes: "true"'),
        ("{team: }", "labels.team", "must be text; it is empty"),
        ("[team]", "labels", "must be a mapping of keys to values, not a list"),
        (
            f"{{{', '.join(f'k{number}: v' for number in range(MOST_LABELS + 1))}}}",
            "labels",
            "has too many entries; at most 32 are allowed",
        ),
    ],
)
def test_a_label_that_kubernetes_would_not_take_is_a_problem(labels: str, path: str, says: str) -> None:
    fields = f"dns_names: [mail.example.net]\n    labels: {labels}"
    assert_one_problem(("dns_names: [mail.example.net]", fields), f"certificates.mail.{path}", says)


@pytest.mark.parametrize(
    ("labels", "right"),
    [(dict.fromkeys(KEYS, ""), True), ({"team": "two words"}, False), ({"-team": "a"}, False), ({"a": 1}, False)],
)
def test_the_schema_takes_what_the_parser_takes(labels: object, right: bool) -> None:
    assert jsonschema_rs.is_valid(json.loads(schema()), document("relays", "dev", labels)) == right
