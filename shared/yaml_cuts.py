"""Cuts in a YAML text at the marks that libyaml gives, for edits that keep every other byte.

The text is never written anew: comments, quotes, order, indentation, line ends and a missing final newline stay. Both
texts are then compared event by event, so that a cut that would change anything else is refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.yaml_search import NotEditable, read_events

BYTE_ORDER_MARK = "\ufeff"

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
"""What ends a line in YAML 1.1 (section 5.4)."""
_COMMA = re.compile(r"[ \t]*,")
_COMMA_ON_LINE = re.compile(r"[ \t]*,([ \t]*)")
_COMMA_AND_SPACE = re.compile(rf"[ \t]*,[ \t{_BREAKS}]*")
_REST_OF_LINE = re.compile(rf"[ \t]*(,?)[ \t]*(#[^{_BREAKS}]*)?(?=[{_BREAKS}])")

type Change = tuple[int, int, str]
"""Begin and end of what is replaced, and the text in its place."""


@dataclass(frozen=True, slots=True)
class Span:
    """An item of a list, or a key with its value: where it begins and ends in the text, and the line of its begin."""

    start: int
    end: int
    line: int


def edited(text: str, changes: Iterable[Change]) -> str:
    """Return the text with every change made; they do not overlap."""
    for begin, end, replacement in sorted(changes, reverse=True):
        text = text[:begin] + replacement + text[end:]
    return text


def append_to_flow(text: str, opening: int, items: Sequence[Span], written: str) -> Iterator[Change]:
    """Add an item behind the last one: on a line of its own if the last one begins a line.

    `opening` is the position behind the bracket or brace.
    """
    if not items:
        yield opening, opening, written
        return
    last = items[-1]
    indent = text[line_start(text, last.start) : last.start]
    rest = _REST_OF_LINE.match(text, last.end)
    if indent.strip(" \t"):
        yield last.end, last.end, f",{_gap(text, items)}{written}"
    elif rest is None:
        yield last.end, last.end, f",{break_at(text, line_start(text, last.start))}{indent}{written}"
    else:
        comma = "" if rest[1] else ","
        yield last.end, rest.end(), f"{comma}{rest[0]}{break_at(text, rest.end())}{indent}{written}{rest[1]}"


def remove_from_flow(text: str, items: Sequence[Span], position: int) -> Iterator[Change]:
    """Remove the item and one comma, and its line if nothing else is on it. Raises NotEditable."""
    item = items[position]
    before = items[position - 1] if position else None
    begin = line_start(text, item.start)
    rest = _REST_OF_LINE.match(text, item.end)
    if rest is not None and not text[begin : item.start].strip(" \t"):
        yield whole_lines(text, begin, rest.end())
        if item is items[-1] and not rest[1] and before is not None:
            yield _comma_after(text, before)
    elif before is not None and _COMMA_AND_SPACE.fullmatch(text, before.end, item.start):
        yield before.end, item.end, ""
    elif before is not None:
        yield _comma_after(text, before)
        yield item.start, item.end, ""
    else:
        comma = _COMMA_ON_LINE.match(text, item.end)
        yield item.start, comma.end() if comma else item.end, ""


def _comma_after(text: str, item: Span) -> Change:
    comma = _COMMA.match(text, item.end)
    if comma is None:
        raise NotEditable(f"no comma follows the item in line {item.line} on that line; edit it by hand")
    return item.end, comma.end(), ""


def _gap(text: str, items: Sequence[Span]) -> str:
    """Return the space behind the last comma between items; one space where there is none yet."""
    if len(items) > 1:
        comma = _COMMA_ON_LINE.fullmatch(text, items[-2].end, items[-1].start)
        if comma is not None:
            return comma[1]
    return " "


def whole_lines(text: str, begin: int, end: int) -> Change:
    """Remove lines with the break at their end; with the break before them, where the text ends without one."""
    if (after := _BREAK.match(text, end)) is not None:
        return begin, after.end(), ""
    return begin - len(break_at(text, begin)), end, ""


def line_start(text: str, position: int) -> int:
    return max(text.rfind(each, 0, position) for each in _BREAKS) + 1


def line_end(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return len(text) if found is None else found.start()


def break_at(text: str, position: int) -> str:
    """Return the line break at a position, else the one before it, else the first of the text."""
    if (here := _BREAK.match(text, position)) is not None:
        return here[0]
    start = line_start(text, position)
    if start:
        return "\r\n" if text[:start].endswith("\r\n") else text[start - 1]
    return "\n"


def without_space(text: str, end: int) -> int:
    """Return where the text before `end` ends that is neither space nor line break."""
    return len(text[:end].rstrip(f" \t{_BREAKS}"))


def says(text: str, expected: Sequence[tuple[Any, ...]]) -> bool:
    """Say whether the text is YAML with exactly these events, as `signature` has them."""
    try:
        return [signature(event) for event in read_events(text)] == list(expected)
    except NotEditable:
        return False


def signature(event: Any) -> tuple[Any, ...]:
    """Return what an event says, without its place: the flow style last."""
    fields = ("value", "anchor", "tag", "style", "implicit", "explicit", "version", "tags", "flow_style")
    return (type(event).__name__, *(getattr(event, each, None) for each in fields))
