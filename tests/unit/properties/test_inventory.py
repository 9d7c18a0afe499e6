"""Whatever an inventory has become, it is read or refused in sentences that name lines; nothing else comes of it."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ConfigError
from shared.inventory import Inventory, parse
from tests.unit.inventory.inventories import FULL
from tests.unit.properties.strategies import SAME_EACH_TIME

EXAMPLE = (Path(__file__).parents[3] / "inventory.example.yaml").read_text()
TREE = yaml.load(EXAMPLE, Loader=yaml.CSafeLoader)

SIGNS = "{}[],:-&*!|>'\"%@`#?<=. \t\n\r\0\x85\u2028\ufeffab09éß中😀"
"""YAML's own, and others of every kind that YAML tells apart."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.text(SIGNS, max_size=20)
    | st.sampled_from(["*.example.net", "x" * 300, "prod/x", "a/statefulset/b", "https://x", "::1", "xn--a", "{host}"])
    | st.sampled_from(["{version}", "version", "none", "8587/587", "2026-12-01T08:00Z", "Mon-Thu 09:00-16:00 UTC"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(SIGNS, max_size=8), inner, max_size=3)
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything in a tree."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, each in inner for deeper in paths(each, (*path, key)))]


EVERYTHING = yaml.load(FULL, Loader=yaml.CSafeLoader)
PATHS = paths(EVERYTHING)[1:]


def read_or_refused(text: str) -> Inventory | None:
    """Parse; a refusal must have problems, each a sentence about a line of the text. Anything else is raised.

    Only where the text cannot be read at all (its size, a character that YAML forbids) may the line be unknown.
    """
    try:
        return parse(text)
    except ConfigError as error:
        refused = error
    assert refused.problems
    for problem in refused.problems:
        assert problem.message
        assert (problem.line, problem.path) == (None, "") or 1 <= (problem.line or 0) <= len(text.splitlines()) + 1
        assert str(problem) in str(refused)
    return None


def changed(tree: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """Return a copy of the tree in which `change` was made to the last step of the path, in what holds it."""
    copy = deepcopy(tree)
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return copy


def dumped(tree: Any) -> str:
    return str(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True))


@SAME_EACH_TIME
@given(st.sampled_from(PATHS))
def test_what_is_dropped_is_missed_or_was_optional(path: tuple[Any, ...]) -> None:
    read_or_refused(dumped(changed(EVERYTHING, path, lambda holder, last: holder.pop(last))))


@SAME_EACH_TIME
@given(st.sampled_from(PATHS), values)
def test_a_value_may_become_anything(path: tuple[Any, ...], value: object) -> None:
    read_or_refused(dumped(changed(EVERYTHING, path, lambda holder, last: holder.__setitem__(last, value))))


@SAME_EACH_TIME
@given(st.sampled_from(PATHS), st.sampled_from(PATHS))
def test_a_value_may_stand_in_another_s_place(path: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    value = EVERYTHING
    for step in other:
        value = value[step]
    read_or_refused(dumped(changed(EVERYTHING, path, lambda holder, last: holder.__setitem__(last, value))))


@SAME_EACH_TIME
@given(st.sampled_from([path for path in PATHS if isinstance(path[-1], str)]), st.text(SIGNS, max_size=12))
def test_a_key_may_be_misspelt(path: tuple[Any, ...], key: str) -> None:
    read_or_refused(dumped(changed(EVERYTHING, path, lambda holder, last: holder.__setitem__(key, holder.pop(last)))))


@SAME_EACH_TIME
@given(st.integers(0, len(FULL)), st.integers(0, 40), st.text(SIGNS, max_size=20))
def test_the_text_may_be_broken_anywhere(start: int, length: int, junk: str) -> None:
    read_or_refused(FULL[:start] + junk + FULL[start + length :])


@SAME_EACH_TIME
@given(st.text(SIGNS, max_size=60))
def test_any_text_is_refused(text: str) -> None:
    assert read_or_refused(text) is None


@SAME_EACH_TIME
@given(st.permutations(list(TREE)))
def test_the_order_of_sections_does_not_change_the_inventory(order: list[str]) -> None:
    assert parse(dumped({section: TREE[section] for section in order})) == parse(EXAMPLE)
