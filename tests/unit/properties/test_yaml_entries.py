"""Whatever a document looks like, an entry is added and taken out without touching another byte, or it is refused."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.yaml_entries import with_entry, without_entry
from shared.yaml_search import NotEditable
from tests.unit.properties.strategies import SAME_EACH_TIME

WORDS = st.text("abyesno019 .-_:#'\"{}[],&*!|>%@`?é中😀", min_size=1, max_size=12).filter(
    lambda word: word.strip() == word
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(WORDS, WORDS | st.integers() | st.lists(WORDS, max_size=3), min_size=1, max_size=4)
NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document with a section `clients` among others, in any style, with comments, CRLF, or no final newline."""
    tree = {
        "first": draw(VALUES),
        "clients": draw(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), max_size=3)),
        "last": draw(VALUES),
    }
    style = draw(st.sampled_from([None, False]))
    text = yaml.dump(
        tree, sort_keys=False, default_flow_style=style, indent=draw(st.integers(2, 5)), width=200, allow_unicode=True
    )
    if draw(st.booleans()):
        text = "".join(
            line.rstrip("\n") + draw(st.sampled_from(["", "  # why", "\t# a\ttab"])) + "\n"
            for line in text.splitlines(keepends=True)
        )
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def load(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


@SAME_EACH_TIME
@given(documents(), NAMES, FIELDS)
def test_an_entry_comes_and_goes_without_another_byte(text: str, name: str, fields: dict[str, Any]) -> None:
    before = load(text)
    if name in before["clients"]:
        with pytest.raises(NotEditable):
            with_entry(text, "clients", name, fields)
        return
    added = with_entry(text, "clients", name, fields)
    assert load(added) == {**before, "clients": {**before["clients"], name: fields}}
    removed = without_entry(added, "clients", name)
    assert load(removed) == before
    if before["clients"]:
        assert removed == text


@SAME_EACH_TIME
@given(documents(), st.data())
def test_each_entry_can_be_taken_out(text: str, data: st.DataObject) -> None:
    before = load(text)
    if not before["clients"]:
        return
    name = data.draw(st.sampled_from(sorted(before["clients"])))
    left = load(without_entry(text, "clients", name))
    assert left == {**before, "clients": {key: each for key, each in before["clients"].items() if key != name}}


@SAME_EACH_TIME
@given(st.text("clients:ab {}[],&*!|>-#'\"%@?\t\r\n", max_size=60))
def test_any_text_is_edited_or_refused(text: str) -> None:
    try:
        edited = with_entry(text, "clients", "new", {"a": 1})
        before = load(text)
    except (NotEditable, yaml.YAMLError):
        return
    assert load(edited) == {**before, "clients": {**(before.get("clients") or {}), "new": {"a": 1}}}
