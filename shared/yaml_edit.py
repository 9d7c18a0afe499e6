"""Puts a name into a list of a YAML text, or takes it out, and keeps every other byte.

What cannot be edited so is refused with the reason: names within a block of text (`objects: |`), an alias in place of
the list, a list whose anchor an alias repeats elsewhere.
"""

import re
from collections.abc import Iterator, Sequence

import yaml

from shared.yaml_cuts import (
    BYTE_ORDER_MARK,
    Change,
    Span,
    append_to_flow,
    break_at,
    edited,
    line_end,
    line_start,
    remove_from_flow,
    says,
    signature,
    whole_lines,
)
from shared.yaml_search import NameList, NotEditable, find_list, line_of

_DASH = re.compile(r"( *-[ \t]+)")
_COLON = re.compile(r"[ \t]*:")


def names_in(text: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the names in the list that `keys` lead to, in the text's one document that has it; raises NotEditable."""
    return find_list(text.removeprefix(BYTE_ORDER_MARK), keys).names


def with_name(text: str, keys: Sequence[str], name: str) -> str:
    """Return the text with `name` as the last item of that list, quoted as the items before it or in double quotes.

    A text whose list has it is returned as it is. Raises NotEditable.
    """
    return _edit(text, keys, name, wanted=True)


def without_name(text: str, keys: Sequence[str], name: str) -> str:
    """Return the text without the items of that list that are `name`, and without the comments behind them.

    A text whose list lacks it is returned as it is. Raises NotEditable.
    """
    shorter = text
    while name in names_in(shorter, keys):
        shorter = _edit(shorter, keys, name, wanted=False)
    return shorter


def _edit(text: str, keys: Sequence[str], name: str, *, wanted: bool) -> str:
    plain = text.removeprefix(BYTE_ORDER_MARK)
    found = find_list(plain, keys)
    if (name in found.names) is wanted:
        return text
    if wanted:
        changes = list(_append(found, name))
    else:
        position = found.names.index(name)
        if found.items[position].event.anchor is not None:
            raise NotEditable(f"the item {name} has an anchor, which an alias may need; edit the list by hand")
        changes = list(_remove(found, position))
    result = edited(plain, changes)
    _check_nothing_else_changed(found, result, name, wanted=wanted)
    return text.removesuffix(plain) + result


def _append(found: NameList, name: str) -> Iterator[Change]:
    if not found.is_flow:
        return _append_to_block(found, name)
    opening = 0 if found.items else found.text.index("[", found.node.start) + 1
    return append_to_flow(found.text, opening, _spans(found), _quoted(found, name))


def _remove(found: NameList, position: int) -> Iterator[Change]:
    if found.is_flow:
        return remove_from_flow(found.text, _spans(found), position)
    return _remove_from_block(found, position)


def _spans(found: NameList) -> list[Span]:
    return [Span(item.start, item.end, line_of(item)) for item in found.items]


def _append_to_block(found: NameList, name: str) -> Iterator[Change]:
    """Add a line below the last item's, whose comment stays with it."""
    last = found.items[-1]
    begin = line_start(found.text, last.start)
    dash = _DASH.fullmatch(found.text, begin, last.start)
    if dash is None:
        raise NotEditable(f"the last item, in line {line_of(last)}, does not follow its dash; edit the list by hand")
    end = line_end(found.text, last.end)
    yield end, end, f"{break_at(found.text, end)}{dash[1]}{_quoted(found, name)}"


def _remove_from_block(found: NameList, position: int) -> Iterator[Change]:
    """Remove the item's lines; a block without items is written `[]`."""
    text, item = found.text, found.items[position]
    begin, end = line_start(text, item.start), line_end(text, item.end)
    if _DASH.fullmatch(text, begin, item.start) is None:
        raise NotEditable(f"the item in line {line_of(item)} does not follow its dash; edit the list by hand")
    yield whole_lines(text, begin, end)
    if len(found.items) == 1:
        colon = _COLON.match(text, found.key.end)
        if colon is None:
            raise NotEditable(f"no colon follows the key in line {line_of(found.key)}; edit the list by hand")
        yield colon.end(), colon.end(), " []"


def _quoted(found: NameList, name: str) -> str:
    """Return the name in the kind of quotes that the last quoted item has, else in double quotes."""
    style = next((item.event.style for item in reversed(found.items) if item.event.style), '"')
    if style == "'":
        return "'" + name.replace("'", "''") + "'"
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_nothing_else_changed(found: NameList, result: str, name: str, *, wanted: bool) -> None:
    """Raises NotEditable unless `name` came or went, and nothing else."""
    expected = [signature(event) for event in found.events]
    if wanted:
        written = yaml.ScalarEvent(None, None, (False, True), name, style=_quoted(found, "")[0])
        expected.insert(found.node.last, signature(written))
    else:
        del expected[found.items[found.names.index(name)].number]
        if len(found.items) == 1:
            expected[found.node.number] = (*expected[found.node.number][:-1], True)
    if not says(result, expected):
        done = f"with {name} in it" if wanted else f"without {name}"
        raise NotEditable(f"the list in line {line_of(found.node)} cannot be written {done} safely; edit it by hand")
