"""A name is put into a list of a YAML text, or taken out, and every other byte stays; else the text is refused."""

import pytest
import yaml

from shared.yaml_edit import names_in, with_name, without_name
from shared.yaml_search import NotEditable

KEYS = ("spec", "values", "names")

PATCH = """\
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: relay
  namespace: mail   # the namespace
spec:
  values:
    image: registry.example.net/exim:prod-9c1f2a   # {"$imagepolicy": "flux-system:exim"}
    names:
{items}
    vault: relay
    certificate:
      serverName: prod-in.mail.example.net
"""


def patch(*items: str) -> str:
    return PATCH.replace("{items}", "\n".join(items))


def of(block: str) -> str:
    """Return a text whose list is written like `block`, which begins behind the key."""
    return f"spec:\n  values:\n    names:{block}"


ADDED = {
    "items at the key's indentation": ('\n    - "a"\n    other: 1\n', '\n    - "a"\n    - "new"\n    other: 1\n'),
    "items two deeper": ('\n      - "a"\n    other: 1\n', '\n      - "a"\n      - "new"\n    other: 1\n'),
    "single quotes": ("\n      - 'a'\n", "\n      - 'a'\n      - 'new'\n"),
    "no quotes": ("\n      - a\n", '\n      - a\n      - "new"\n'),
    "the last item without quotes": ("\n      - 'a'\n      - b\n", "\n      - 'a'\n      - b\n      - 'new'\n"),
    "wide dashes": ('\n      -   "a"\n', '\n      -   "a"\n      -   "new"\n'),
    "no final newline": ('\n      - "a"', '\n      - "a"\n      - "new"'),
    "a comment behind the last item": ('\n    - "a"  # A\n  x: 1\n', '\n    - "a"  # A\n    - "new"\n  x: 1\n'),
    "a comment behind it, no final newline": ('\n    - "a"  # A', '\n    - "a"  # A\n    - "new"'),
    "comments below": ('\n    - "a"\n    # - "b"\n  # end\n', '\n    - "a"\n    - "new"\n    # - "b"\n  # end\n'),
    "a comment that looks like an item": ('\n    # - "new"\n    - "a"\n', '\n    # - "new"\n    - "a"\n    - "new"\n'),
    "blank lines below": ('\n    - "a"\n\n\n', '\n    - "a"\n    - "new"\n\n\n'),
    "blank lines between": ('\n    - "b"\n\n    - "a"\n', '\n    - "b"\n\n    - "a"\n    - "new"\n'),
    "spaces at the end of the line": ('\n    - "a"  \n', '\n    - "a"  \n    - "new"\n'),
    "CRLF": ('\r\n    - "a"\r\n  x: 1\r\n', '\r\n    - "a"\r\n    - "new"\r\n  x: 1\r\n'),
    "CRLF, no final newline": ('\r\n    - "a"', '\r\n    - "a"\r\n    - "new"'),
    "CR alone": ('\r    - "a"\r', '\r    - "a"\r    - "new"\r'),
    "an item of two lines": ('\n    - "a\n      b"\n  x: 1\n', '\n    - "a\n      b"\n    - "new"\n  x: 1\n'),
    "letters outside ASCII": ('\n    - "é" # 中😀\n', '\n    - "é" # 中😀\n    - "new"\n'),
    "an anchor that nothing repeats": (' &names\n    - "a"\n', ' &names\n    - "a"\n    - "new"\n'),
    "a tag": (' !!seq\n    - "a"\n', ' !!seq\n    - "a"\n    - "new"\n'),
    "a document end": ('\n    - "a"\n...\n', '\n    - "a"\n    - "new"\n...\n'),
    "an empty list": (" []\n", ' ["new"]\n'),
    "an empty list with a comment": (" []  # none yet\n", ' ["new"]  # none yet\n'),
    "an empty list without final newline": (" []", ' ["new"]'),
    "an empty list with a space": (" [ ]\n", ' ["new" ]\n'),
    "an empty list on two lines": (" [\n    ]\n", ' ["new"\n    ]\n'),
    "a flow list": (' ["a", "b"]\n', ' ["a", "b", "new"]\n'),
    "a flow list of one": (" ['a'] # A\n", " ['a', 'new'] # A\n"),
    "a flow list without spaces": (' ["a","b"]\n', ' ["a","b","new"]\n'),
    "a flow list with spaces inside": (" [ a, b ]\n", ' [ a, b, "new" ]\n'),
    "a flow list with a final comma": (' ["a", "b",]\n', ' ["a", "b", "new",]\n'),
    "a flow list with a line for each": (
        ' [\n      "a",\n      "b"\n    ]\n',
        ' [\n      "a",\n      "b",\n      "new"\n    ]\n',
    ),
    "the same with a final comma": (' [\n      "a",\n    ]\n', ' [\n      "a",\n      "new",\n    ]\n'),
    "the same with comments": (
        ' [\n      "a",  # A\n      "b"  # B\n    ]\n',
        ' [\n      "a",  # A\n      "b",  # B\n      "new"\n    ]\n',
    ),
    "the same with CRLF": (' [\r\n      "a"\r\n    ]\r\n', ' [\r\n      "a",\r\n      "new"\r\n    ]\r\n'),
    "a flow list below its bracket": (' ["a",\n            "b"]\n', ' ["a",\n            "b",\n            "new"]\n'),
    "a flow list of several lines": (' ["a", "b",\n      "c", "d"]\n', ' ["a", "b",\n      "c", "d", "new"]\n'),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_a_name_is_added_as_the_last_item_in_the_lists_own_shape(before: str, after: str) -> None:
    names = names_in(of(before), KEYS)
    edited = with_name(of(before), KEYS, "new")
    assert edited == of(after)
    assert names_in(edited, KEYS) == (*names, "new")


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_a_name_that_was_added_is_taken_out_without_a_trace(before: str, after: str) -> None:
    assert without_name(of(after), KEYS, "new") == of(before)


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_doing_it_twice_changes_nothing(before: str, after: str) -> None:
    assert with_name(of(after), KEYS, "new") == of(after)
    assert without_name(of(before), KEYS, "new") == of(before)


REMOVED = {
    "the first item": ('\n    - "x"\n    - "a"\n', '\n    - "a"\n'),
    "an item with its comment": ('\n    - "x"  # X\n    # about a\n    - "a"\n', '\n    # about a\n    - "a"\n'),
    "every time": ("\n    - x\n    - a\n    - 'x'\n", "\n    - a\n"),
    "an item of two lines": ('\n    - "a"\n    - x\n    - "c\n      d"\n', '\n    - "a"\n    - "c\n      d"\n'),
    "the last one in a block": ('\n    - "x"\n    other: 1\n', " []\n    other: 1\n"),
    "the last one without final newline": ('\n    - "x"', " []"),
    "the last one, comments stay": ('  # who\n    # old\n    - "x"\n', " []  # who\n    # old\n"),
    "the first in a flow list": ('  ["x", "a"]\n', '  ["a"]\n'),
    "the middle of a flow list": (' ["a", "x", "b"]\n', ' ["a", "b"]\n'),
    "the only one in a flow list": (' ["x"]\n', " []\n"),
    "the only one, with a final comma": (' ["x",]\n', " []\n"),
    "a line of a flow list": (
        ' [\n      "a", # A\n      "x", # X\n      "b"\n    ]\n',
        ' [\n      "a", # A\n      "b"\n    ]\n',
    ),
    "the first of a line": (' [\n      "x", "a",\n      "b"\n    ]\n', ' [\n      "a",\n      "b"\n    ]\n'),
    "behind a comment": (' ["a", # A\n            x]\n', ' ["a" # A\n            ]\n'),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_a_name_is_taken_out_wherever_it_is(before: str, after: str) -> None:
    assert without_name(of(before), KEYS, "x") == of(after)


def test_the_rest_of_a_real_patch_stays_byte_for_byte() -> None:
    before, after = patch('    - "a"', '    - "b"'), patch('    - "a"', '    - "b"', '    - "new"')
    assert with_name(before, KEYS, "new") == after
    assert without_name(after, KEYS, "new") == before


def test_a_byte_order_mark_stays_in_front() -> None:
    text = "\ufeff" + of('\n    - "a"\n')
    assert with_name(text, KEYS, "new") == text + '    - "new"\n'
    assert without_name(text, KEYS, "b") == text


def test_of_several_documents_the_one_that_has_the_list_is_edited() -> None:
    others = "kind: A\nspec: {values: {nams: [x]}}\n---\n", "---\n# the end\nkind: B\nspec: []\n"
    text = others[0] + of(' ["a"]\n') + others[1]
    assert with_name(text, KEYS, "new") == others[0] + of(' ["a", "new"]\n') + others[1]


def test_quotes_in_a_name_are_escaped_as_its_quotes_need() -> None:
    assert yaml.safe_load(with_name("a: ['b']", ["a"], 'it\'s \\ "x"')) == {"a": ["b", 'it\'s \\ "x"']}
    assert yaml.safe_load(with_name('a: ["b"]', ["a"], 'it\'s \\ "x"')) == {"a": ["b", 'it\'s \\ "x"']}


PROVIDER_CLASS = """\
spec:
  parameters:
    objects: |
      array:
        - |
          objectName: a
          objectType: secret
"""

REFUSED = {
    "no YAML": ("a: [b\nc: d", ["a"], "it is not YAML, from line 2, column 2 on: "),
    "a template": ("a: {{ .Values.names }}\nb: {{c}}: 1", ["a"], "it is not YAML"),
    "a character that is none of YAML's": ("a: [b\0]", ["a"], "it holds a character that YAML does not allow"),
    "half a surrogate": ("a: [b\ud800]", ["a"], "it holds a character that YAML does not allow"),
    "nothing": ("# nothing\n", ["a"], "it is empty"),
    "another key": ("spec: {value: {}}", ["spec", "values", "a"], "spec has no key values; did you mean value?"),
    "no such document": ("a: 1\n---\nb: 1\n", ["c"], "the text has no key c; allowed: a, b"),
    "a list on the way": ("spec:\n- a: [b]\n", ["spec", "a"], "spec, in line 2, is a list"),
    "text in place of the list": ("a: b\n", ["a"], "a, in line 1, is a single value; expected is a list of names"),
    "nothing in place of the list": (
        "b: 1\na:\n",
        ["a"],
        "a, in line 2, is empty; expected is a list of names, or [] for none",
    ),
    "a mapping in place of the list": ("a: {b: c}\n", ["a"], "a, in line 1, is a mapping"),
    "a list within text": (
        PROVIDER_CLASS,
        ["spec", "parameters", "objects"],
        "is a block of text, in which nothing is edited",
    ),
    "keys within text": (
        PROVIDER_CLASS,
        ["spec", "parameters", "objects", "array"],
        "spec.parameters.objects, in line 3, is a block of text",
    ),
    "items that are no names": ("a:\n- b\n- c: d\n", ["a"], "has more than names: see line 3"),
    "an empty item": ("a:\n- b\n-\n", ["a"], "has more than names: see line 3"),
    "a block of text as an item": ("a:\n- |\n  b\n", ["a"], "has more than names: see line 2"),
    "an alias as an item": ("x: &x y\na: [*x]\n", ["a"], "has more than names: see line 2"),
    "an alias in place of the list": ("x: &x [y]\na: *x\n", ["a"], "a, in line 2, is an alias, which is not followed"),
    "a list that an alias repeats": ("a: &x [y]\nb: *x\n", ["a"], "is repeated by an alias"),
    "a list within what an alias repeats": ("s: &x {a: [y]}\nb:\n  <<: *x\n", ["s", "a"], "is repeated by an alias"),
    "two documents with the list": ("a: [b]\n---\na: [c]\n", ["a"], "is given more than once, in lines 1, 3"),
    "the key twice": ("a: [b]\na: [c]\n", ["a"], "is given more than once, in lines 1, 2"),
    "a dash on its own line": ("a:\n-\n  b\n", ["a"], "the last item, in line 3, does not follow its dash"),
    "too deep": ("a: " + "[" * 101 + "]" * 101, ["a"], "it is nested deeper than 100 levels"),
    "too large": ("a: [b]\n" + "#" * 1024 * 1024, ["a"], "allowed are 1048576"),
}


@pytest.mark.parametrize(("text", "keys", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_edited_safely_is_refused_with_its_reason(text: str, keys: list[str], says: str) -> None:
    with pytest.raises(NotEditable) as refused:
        with_name(text, keys, "new")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [&x b, c]\nd: *x", "the item b has an anchor"),
        ("a:\n-\n  b\n- c\n", "the item in line 3 does not follow its dash"),
        ("? a\n: - b\n", "does not follow its dash"),
        ('a: ["c"\n  # x\n  , b]\n', "no comma follows the item in line 1"),
    ],
)
def test_what_cannot_be_taken_out_safely_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(NotEditable, match=says):
        without_name(text, ["a"], "b")


def test_a_result_that_would_say_anything_else_is_refused() -> None:
    with pytest.raises(NotEditable, match="the list in line 2 cannot be written with a\nb in it safely"):
        with_name('a:\n- "b"\n', ["a"], "a\nb")
