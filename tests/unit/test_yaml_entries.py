"""An entry is put into a section of a YAML document, or taken out, and every other byte stays; else it is refused."""

import pytest
import yaml

from shared.yaml_entries import with_entry, without_entry
from shared.yaml_search import NotEditable

FIELDS = {"user": "u", "relays": ["a", "b"]}
FLOW = "new: {user: u, relays: [a, b]}"


def added(text: str) -> str:
    return with_entry(text, "clients", "new", FIELDS)


def removed(text: str) -> str:
    return without_entry(text, "clients", "new")


ADDED = {
    "below the last entry": (
        "clients:\n  x: {a: 1}\nother: 1\n",
        f"clients:\n  x: {{a: 1}}\n  {FLOW}\nother: 1\n",
    ),
    "as lines, like the entry before": (
        "clients:\n  x:\n    a: 1\n\nother: 1\n",
        "clients:\n  x:\n    a: 1\n  new:\n    user: u\n    relays: [a, b]\n\nother: 1\n",
    ),
    "with the indentation of the others": (
        "clients:\n      x: {a: 1}\n",
        f"clients:\n      x: {{a: 1}}\n      {FLOW}\n",
    ),
    "comments behind and below the last entry": (
        "clients:\n  x: {a: 1}  # X\twith a tab\n  # old: {}\n\n# other\nother: 1\n",
        f"clients:\n  x: {{a: 1}}  # X\twith a tab\n  {FLOW}\n  # old: {{}}\n\n# other\nother: 1\n",
    ),
    "a comment behind the last of several lines": (
        "clients:\n  x:\n    a: 1\n    b: [c]  # C\n  # end\n",
        "clients:\n  x:\n    a: 1\n    b: [c]  # C\n  new:\n    user: u\n    relays: [a, b]\n  # end\n",
    ),
    "no final newline": ("clients:\n  x: {a: 1}", f"clients:\n  x: {{a: 1}}\n  {FLOW}"),
    "CRLF": ("clients:\r\n  x: {a: 1}\r\nb: 1\r\n", f"clients:\r\n  x: {{a: 1}}\r\n  {FLOW}\r\nb: 1\r\n"),
    "CRLF, as lines, no final newline": (
        "clients:\r\n  x:\r\n    a: 1",
        "clients:\r\n  x:\r\n    a: 1\r\n  new:\r\n    user: u\r\n    relays: [a, b]",
    ),
    "empty braces": ("clients: {}\nb: 1\n", f"clients:\n  {FLOW}\nb: 1\n"),
    "empty braces with a comment": ("clients: { }  # none yet\n", f"clients:  # none yet\n  {FLOW}\n"),
    "braces on one line": ("clients: {x: {a: 1}}\n", f"clients: {{x: {{a: 1}}, {FLOW}}}\n"),
    "braces with a line for each": (
        "clients: {\n  x: {a: 1},  # X\n}\n",
        f"clients: {{\n  x: {{a: 1}},  # X\n  {FLOW},\n}}\n",
    ),
    "quoted names": ("clients:\n  'x': {a: 1}\n", f"clients:\n  'x': {{a: 1}}\n  {FLOW}\n"),
    "letters outside ASCII": ("clients:\n  x: {a: é😀}  # 中\n", f"clients:\n  x: {{a: é😀}}  # 中\n  {FLOW}\n"),
    "a block of text in the entry before": (
        "clients:\n  x:\n    a: |\n      text\n\nother: 1\n",
        "clients:\n  x:\n    a: |\n      text\n  new:\n    user: u\n    relays: [a, b]\n\nother: 1\n",
    ),
    "a byte order mark": ("\ufeffclients:\n  x: {a: 1}\n", f"\ufeffclients:\n  x: {{a: 1}}\n  {FLOW}\n"),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_an_entry_is_added_as_the_last_one_in_the_sections_own_shape(before: str, after: str) -> None:
    assert added(before) == after
    clients = yaml.safe_load(before)["clients"] or {}
    assert yaml.safe_load(after)["clients"] == {**clients, "new": FIELDS}


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for name, pair in ADDED.items() if name != "empty braces with a comment"],
    ids=[name for name in ADDED if name != "empty braces with a comment"],
)
def test_an_entry_that_was_added_is_taken_out_without_a_trace(before: str, after: str) -> None:
    assert removed(after) == before


BEGUN = {
    "no such section": ("a: 1\n", f"a: 1\nclients:\n  {FLOW}\n", "a: 1\nclients: {}\n"),
    "no final newline": ("a: 1", f"a: 1\nclients:\n  {FLOW}", "a: 1\nclients: {}"),
    "CRLF": ("a: 1\r\n", f"a: 1\r\nclients:\r\n  {FLOW}\r\n", "a: 1\r\nclients: {}\r\n"),
    "comments at the end": (
        "a:\n  b: 1\n  # of a\n\n# end\n",
        f"a:\n  b: 1\n  # of a\n\n# end\nclients:\n  {FLOW}\n",
        "a:\n  b: 1\n  # of a\n\n# end\nclients: {}\n",
    ),
    "a document end": ("a: 1\n...\n", f"a: 1\nclients:\n  {FLOW}\n...\n", "a: 1\nclients: {}\n...\n"),
    "an indented document": ("  a: 1\n", f"  a: 1\n  clients:\n    {FLOW}\n", "  a: 1\n  clients: {}\n"),
    "a section without a value": (
        "clients:  # none yet\n  # nor here\nb: 1\n",
        f"clients:  # none yet\n  {FLOW}\n  # nor here\nb: 1\n",
        "clients: {}  # none yet\n  # nor here\nb: 1\n",
    ),
}


@pytest.mark.parametrize(("before", "after", "emptied"), BEGUN.values(), ids=BEGUN)
def test_a_section_begins_with_its_first_entry_and_is_empty_without_it(before: str, after: str, emptied: str) -> None:
    assert added(before) == after
    assert removed(after) == emptied


def test_an_entry_that_is_too_long_for_a_line_is_written_as_lines() -> None:
    long = {"user": "u" * 120, "relays": ["a"]}
    assert with_entry("clients: {}\n", "clients", "new", long) == (
        f"clients:\n  new:\n    user: {'u' * 120}\n    relays: [a]\n"
    )


@pytest.mark.parametrize(
    "value",
    ["yes", "123", "it's", 'say "x"', "a: b", "# no comment", "{x}", "- a", "é😀", " ", "", "null", "1.5", "*a"],
)
@pytest.mark.parametrize("section", ["clients: {}\n", "clients:\n  x:\n    a: 1\n", "clients: {x: {a: 1}}\n"])
def test_texts_are_quoted_where_yaml_would_read_something_else(section: str, value: str) -> None:
    fields = {"team": value, "labels": {value: value}, "list": [value]}
    assert yaml.safe_load(with_entry(section, "clients", "new", fields))["clients"]["new"] == fields
    assert yaml.safe_load(with_entry(section, "clients", value or "x y", {"a": 1}))["clients"][value or "x y"] == {
        "a": 1
    }


REMOVED = {
    "an entry of several lines, with the comments on them": (
        "clients:\n  # about new\n  new:  # A\n    # in it\n    a: 1  # B\n\n  # about x\n  x: {}\n",
        "clients:\n  # about new\n\n  # about x\n  x: {}\n",
    ),
    "the first of a line": ("clients: {new: {a: 1}, x: {}}\n", "clients: {x: {}}\n"),
    "the only one of a line": ("clients: {new: {a: 1}}\n", "clients: {}\n"),
    "the only one": ("clients:  # C\n  new: {a: 1}\nb: 1\n", "clients: {}  # C\nb: 1\n"),
    "an entry without a value": ("clients:\n  new:\n  x: {}\n", "clients:\n  x: {}\n"),
    "braces over lines": (
        "clients:\n  new: {a: 1,\n    b: 2}  # B\n  x: {}\n",
        "clients:\n  x: {}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_an_entry_is_taken_out_wherever_it_is(before: str, after: str) -> None:
    assert removed(before) == after


REFUSED = {
    "no YAML": ("a: [\n", "it is not YAML"),
    "nothing": ("# nothing\n", "it is not one YAML document with sections"),
    "a list": ("- a\n", "it is not one YAML document with sections"),
    "two documents": ("a: 1\n---\nb: 1\n", "it is not one YAML document with sections"),
    "JSON": ('{"clients": {}}', "it is written in braces, as JSON is; edit it by hand"),
    "the section twice": ("clients: {}\nclients: {}\n", "clients is given more than once, in lines 1, 2"),
    "a list in place of the section": ("clients: [a]\n", "clients, in line 1, is no mapping"),
    "an alias in place of the section": ("x: &x {}\nclients: *x\n", "clients, in line 2, is no mapping"),
    "an anchor": ("clients: &x {}\nb: *x\n", "clients, in line 1, has an anchor or a tag"),
    "a tag": ("clients: !!map {}\n", "clients, in line 1, has an anchor or a tag"),
    "the entry": ("clients:\n  a: 1\n  new: {}\n", "clients has new already, in line 3"),
    "a key that does not begin its line": (
        "clients:\n  ? x\n  : {a: 1}\n",
        "the key in line 2 does not begin its line",
    ),
    "a key that is a list": ("clients: {[a]: {b: 1}}\n", "clients, in line 1, has a key that is no text"),
    "a comment in empty braces": ("clients: {  # none\n  }\n", "the braces in line 1 hold a comment or a line break"),
    "text that would grow": ("clients:\n  x:\n    a: |\n      text", "new cannot be added to clients safely"),
    "too large": ("a: 1\n" + "#" * 1024 * 1024, "allowed are 1048576"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_edited_safely_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(NotEditable) as refused:
        added(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clients: {}\n", "clients has no new"),
        ("a: 1\n", "clients has no new"),
        ("clients:\n  ? new\n  : {a: 1}\n", "does not begin its line"),
        ("clients:\n  new: &n {a: 1}\n  x: *n\n", "an alias repeats what stands in new"),
        ('clients: {"c": 1\n  # x\n  , new: 2}\n', "no comma follows the item in line 1"),
    ],
)
def test_what_cannot_be_taken_out_safely_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(NotEditable, match=says):
        removed(text)
