"""The public names are those of docs/public-names.txt, so that a diff shows what a change means to other people."""

import pytest

from infra.local.public_names import PUBLISHED, differences, keys, names_in, public_names

GOLDEN = """\
# words about it

[alerts]
Heartbeat
label page

[storage]
relaykeeper/watch/alerts.json at
"""


def test_they_are_those_that_were_published() -> None:
    if said := differences(PUBLISHED.read_text(encoding="utf-8"), public_names()):
        pytest.fail(said, pytrace=False)


def test_every_section_has_names() -> None:
    text = public_names()
    assert {line for line in text.splitlines() if line.startswith("[")} == {
        name.partition("]")[0] + "]" for name in names_in(text)
    }


def test_removed_and_added_names_are_listed_with_the_rule_and_the_command() -> None:
    assert differences(GOLDEN, GOLDEN.replace("Heartbeat", "Pulse").replace("label page\n", "")) == (
        "docs/public-names.txt is not what the code says; `make generate` writes it.\n"
        "Removed or changed, which needs a major version and a migration:\n"
        "[alerts] Heartbeat\n"
        "[alerts] label page\n"
        "Added, which is free, but raises the schema of a journal:\n"
        "[alerts] Pulse"
    )


def test_a_name_that_moves_to_another_section_is_gone_from_its_own() -> None:
    moved = differences("[a]\nx\n[b]\ny\n", "[a]\n[b]\nx\ny\n")
    assert "version and a migration:\n[a] x\nAdded" in moved
    assert moved.endswith("[b] x")


def test_the_same_names_say_nothing_and_other_words_are_written_again() -> None:
    assert differences(GOLDEN, GOLDEN) == ""
    assert differences(GOLDEN, GOLDEN.replace("words", "other words")).endswith("`make generate` writes it.")


def test_keys_are_found_through_references_lists_maps_alternatives_and_cycles() -> None:
    node = {
        "properties": {
            "kind": {"enum": ["a", "b"]},
            "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            "by_name": {"additionalProperties": {"items": {"properties": {"port": {"const": 25}}}}},
            "free": {"additionalProperties": True},
        }
    }
    assert set(keys({"$ref": "#/$defs/Node", "$defs": {"Node": node}})) == {
        "kind",
        "kind = a",
        "kind = b",
        "next",
        "by_name",
        "by_name.*[].port",
        "by_name.*[].port = 25",
        "free",
    }
