"""Puts a name into a list of a YAML text, or takes it out, and keeps every other byte.

The text is cut at the marks that libyaml gives and never written anew: comments, quotes, order, indentation, line ends
and a missing final newline stay. Both texts are then compared event by event: a change of anything but the list's items
is refused. What cannot be edited so is refused with the reason: names within a block of text (`objects: |`), an alias
in place of the list, a list whose anchor an alias repeats elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from shared.yaml_search import NameList, NotEditable, YamlNode, find_list, line_of, read_events

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
"""What ends a line in YAML 1.1 (section 5.4)."""
_DASH = re.compile(r"( *-[ \t]+)")
_COMMA = re.compile(r"[ \t]*,")
_COMMA_ON_LINE = re.compile(r"[ \t]*,([ \t]*)")
_COMMA_AND_SPACE = re.compile(rf"[ \t]*,[ \t{_BREAKS}]*")
_REST_OF_LINE = re.compile(rf"[ \t]*(,?)[ \t]*(#[^{_BREAKS}]*)?(?=[{_BREAKS}])")
_COLON = re.compile(r"[ \t]*:")
_BYTE_ORDER_MARK = "\ufeff"


def names_in(text: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the names in the list that `keys` lead to, in the text's one document that has it; raises NotEditable."""
    return find_list(text.removeprefix(_BYTE_ORDER_MARK), keys).names


def with_name(text: str, keys: Sequence[str], name: str) -> str:
    """Return the text with `name` as the last item of that list, quoted as the items before it or in double quotes.

    A text whose list has it is returned as it is. Raises NotEditable.
    """
    return _edit(text, keys, name, wanted=True)


def without_name(text: str, keys: Sequence[str], name: str) -> str:
    """Return the text without the items of that list that are `name`, and without the comments behind them.

    A text whose list lacks it is returned as it is. Raises NotEditable.
    """
    edited = text
    while name in names_in(edited, keys):
        edited = _edit(edited, keys, name, wanted=False)
    return edited


type _Change = tuple[int, int, str]
"""Begin and end of what is replaced, and the text in its place."""


def _edit(text: str, keys: Sequence[str], name: str, *, wanted: bool) -> str:
    plain = text.removeprefix(_BYTE_ORDER_MARK)
    found = find_list(plain, keys)
    if (name in found.names) is wanted:
        return text
    if wanted:
        changes = list(_append_to_flow(found, name) if found.is_flow else _append_to_block(found, name))
    else:
        position = found.names.index(name)
        if found.items[position].event.anchor is not None:
            raise NotEditable(f"the item {name} has an anchor, which an alias may need; edit the list by hand")
        changes = list(_remove_from_flow(found, position) if found.is_flow else _remove_from_block(found, position))
    edited = plain
    for begin, end, replacement in sorted(changes, reverse=True):
        edited = edited[:begin] + replacement + edited[end:]
    _check_nothing_else_changed(found, edited, name, wanted=wanted)
    return text.removesuffix(plain) + edited


def _append_to_block(found: NameList, name: str) -> Iterator[_Change]:
    """Add a line below the last item's, whose comment stays with it."""
    last = found.items[-1]
    begin = _line_start(found.text, last.start)
    dash = _DASH.fullmatch(found.text, begin, last.start)
    if dash is None:
        raise NotEditable(f"the last item, in line {line_of(last)}, does not follow its dash; edit the list by hand")
    end = _line_end(found.text, last.end)
    yield end, end, f"{_break_at(found.text, end)}{dash[1]}{_quoted(found, name)}"


def _append_to_flow(found: NameList, name: str) -> Iterator[_Change]:
    """Add an item behind the last one: on a line of its own if the last one begins a line."""
    text, quoted = found.text, _quoted(found, name)
    if not found.items:
        opening = text.index("[", found.node.start) + 1
        yield opening, opening, quoted
        return
    last = found.items[-1]
    indent = text[_line_start(text, last.start) : last.start]
    rest = _REST_OF_LINE.match(text, last.end)
    if indent.strip(" \t"):
        yield last.end, last.end, f",{_gap(found)}{quoted}"
    elif rest is None:
        yield last.end, last.end, f",{_break_at(text, _line_start(text, last.start))}{indent}{quoted}"
    else:
        comma = "" if rest[1] else ","
        yield last.end, rest.end(), f"{comma}{rest[0]}{_break_at(text, rest.end())}{indent}{quoted}{rest[1]}"


def _remove_from_block(found: NameList, position: int) -> Iterator[_Change]:
    """Remove the item's lines; a block without items is written `[]`."""
    text, item = found.text, found.items[position]
    begin, end = _line_start(text, item.start), _line_end(text, item.end)
    if _DASH.fullmatch(text, begin, item.start) is None:
        raise NotEditable(f"the item in line {line_of(item)} does not follow its dash; edit the list by hand")
    yield _whole_lines(text, begin, end)
    if len(found.items) == 1:
        colon = _COLON.match(text, found.key.end)
        if colon is None:
            raise NotEditable(f"no colon follows the key in line {line_of(found.key)}; edit the list by hand")
        yield colon.end(), colon.end(), " []"


def _remove_from_flow(found: NameList, position: int) -> Iterator[_Change]:
    """Remove the item and one comma, and its line if nothing else is on it."""
    text, item = found.text, found.items[position]
    before = found.items[position - 1] if position else None
    begin = _line_start(text, item.start)
    rest = _REST_OF_LINE.match(text, item.end)
    if rest is not None and not text[begin : item.start].strip(" \t"):
        yield _whole_lines(text, begin, rest.end())
        if item is found.items[-1] and not rest[1] and before is not None:
            yield _comma_after(text, before)
    elif before is not None and _COMMA_AND_SPACE.fullmatch(text, before.end, item.start):
        yield before.end, item.end, ""
    elif before is not None:
        yield _comma_after(text, before)
        yield item.start, item.end, ""
    else:
        comma = _COMMA_ON_LINE.match(text, item.end)
        yield item.start, comma.end() if comma else item.end, ""


def _comma_after(text: str, item: YamlNode) -> _Change:
    comma = _COMMA.match(text, item.end)
    if comma is None:
        raise NotEditable(f"no comma follows the item in line {line_of(item)} on that line; edit the list by hand")
    return item.end, comma.end(), ""


def _whole_lines(text: str, begin: int, end: int) -> _Change:
    """Remove lines with the break at their end; with the break before them, where the text ends without one."""
    if (after := _BREAK.match(text, end)) is not None:
        return begin, after.end(), ""
    return begin - len(_break_at(text, begin)), end, ""


def _quoted(found: NameList, name: str) -> str:
    """Return the name in the kind of quotes that the last quoted item has, else in double quotes."""
    style = next((item.event.style for item in reversed(found.items) if item.event.style), '"')
    if style == "'":
        return "'" + name.replace("'", "''") + "'"
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _gap(found: NameList) -> str:
    """Return the space behind the last comma between items; one space where there is none yet."""
    if len(found.items) > 1:
        comma = _COMMA_ON_LINE.fullmatch(found.text, found.items[-2].end, found.items[-1].start)
        if comma is not None:
            return comma[1]
    return " "


def _line_start(text: str, position: int) -> int:
    return max(text.rfind(each, 0, position) for each in _BREAKS) + 1


def _line_end(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return len(text) if found is None else found.start()


def _break_at(text: str, position: int) -> str:
    """Return the line break at a position, else the one before it, else the first of the text."""
    if (here := _BREAK.match(text, position)) is not None:
        return here[0]
    start = _line_start(text, position)
    if start:
        return "\r\n" if text[:start].endswith("\r\n") else text[start - 1]
    return "\n"


def _check_nothing_else_changed(found: NameList, edited: str, name: str, *, wanted: bool) -> None:
    """Compare the texts event by event; raises NotEditable unless `name` came or went, and nothing else."""
    expected = [_signature(event) for event in found.events]
    if wanted:
        written = yaml.ScalarEvent(None, None, (False, True), name, style=_quoted(found, "")[0])
        expected.insert(found.node.last, _signature(written))
    else:
        del expected[found.items[found.names.index(name)].number]
        if len(found.items) == 1:
            expected[found.node.number] = (*expected[found.node.number][:-1], True)
    try:
        same = [_signature(event) for event in read_events(edited)] == expected
    except NotEditable:
        same = False
    if not same:
        done = f"with {name} in it" if wanted else f"without {name}"
        raise NotEditable(f"the list in line {line_of(found.node)} cannot be written {done} safely; edit it by hand")


def _signature(event: Any) -> tuple[Any, ...]:
    """Return what an event says, without its place: the flow style last."""
    fields = ("value", "anchor", "tag", "style", "implicit", "explicit", "version", "tags", "flow_style")
    return (type(event).__name__, *(getattr(event, each, None) for each in fields))
