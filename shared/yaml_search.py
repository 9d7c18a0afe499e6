"""Finds a list of names in a YAML text, with the place of each item, for edits that keep everything else.

Read from libyaml's events, whose marks give the place of each value; no alias is followed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.errors import PermanentError
from shared.suggestions import advice
from shared.text import LONGEST_QUOTE, printable_line
from shared.yaml_tree import MAX_BYTES, format_path

MAX_DEPTH = 100

_NAME_STYLES = ("", "'", '"')


class NotEditable(PermanentError):
    """The text cannot be edited as asked, and was not; the sentence says what stands in the way."""


@dataclass(frozen=True, slots=True)
class YamlNode:
    """A scalar, alias or collection; `children` are a list's items, or a mapping's keys and values in turn.

    `start` and `end` are positions in the text. `number` is the position of its first event, `last` of its last one.
    """

    event: Any  # the stubs of PyYAML know neither events' attributes nor libyaml's marks
    start: int
    end: int
    number: int
    last: int
    children: tuple["YamlNode", ...] = ()

    def pairs(self) -> Iterator[tuple["YamlNode", "YamlNode"]]:
        return zip(self.children[::2], self.children[1::2], strict=True)


@dataclass(frozen=True, slots=True)
class NameList:
    """The list that was looked for, in its text; `key` is the key that it is the value of."""

    text: str
    events: tuple[Any, ...]
    key: YamlNode
    node: YamlNode
    items: tuple[YamlNode, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", self.node.children)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(item.event.value for item in self.items)

    @property
    def is_flow(self) -> bool:
        return bool(self.node.event.flow_style)


def find_list(text: str, keys: Sequence[str]) -> NameList:
    """Return the list that `keys` lead to; raises NotEditable if there is none, or more than one."""
    events = read_events(text)
    roots = documents(events)
    found = list(_ends(roots, keys))
    path = format_path(tuple(keys))
    if not found:
        raise NotEditable(_absence(roots, keys))
    if len(found) > 1:
        lines = ", ".join(str(line_of(end[-2])) for end in found)
        raise NotEditable(f"{path} is given more than once, in lines {lines}; leave one, or name another list")
    [way] = found
    key, node = way[-2:]
    where = f"{path}, in line {line_of(key)},"
    if not isinstance(node.event, yaml.SequenceStartEvent):
        raise NotEditable(f"{where} {_kind(node)}; expected is a list of names, or [] for none")
    for item in node.children:
        if not (isinstance(item.event, yaml.ScalarEvent) and item.event.style in _NAME_STYLES and item.event.value):
            raise NotEditable(f"{where} has more than names: see line {line_of(item)}; expected is a list of names")
    repeated = {event.anchor for event in events if isinstance(event, yaml.AliasEvent)}
    if any(each.event.anchor in repeated for each in way):
        raise NotEditable(
            f"{where} is repeated by an alias, so that a change would be made elsewhere too; write it out"
        )
    return NameList(text, tuple(events), key, node)


def _ends(
    nodes: Sequence[YamlNode], keys: Sequence[str], way: tuple[YamlNode, ...] = ()
) -> Iterator[tuple[YamlNode, ...]]:
    """Yield each way from one of `nodes` along the keys: collections and keys in turn, and at its end the value."""
    for node in nodes:
        if not keys:
            yield (*way, node)
        elif isinstance(node.event, yaml.MappingStartEvent):
            for key, value in node.pairs():
                if isinstance(key.event, yaml.ScalarEvent) and key.event.value == keys[0]:
                    yield from _ends([value], keys[1:], (*way, node, key))


def _absence(roots: Sequence[YamlNode], keys: Sequence[str]) -> str:
    """Say how far the keys lead, and what is there instead of the next one."""
    if not roots:
        return "it is empty"
    depth = max(depth for depth in range(len(keys)) if any(_ends(roots, keys[:depth])))
    here = [way[-1] for way in _ends(roots, keys[:depth])]
    where = format_path(tuple(keys[:depth])) or "the text"
    mappings = [node for node in here if isinstance(node.event, yaml.MappingStartEvent)]
    if not mappings:
        return f"{format_path(tuple(keys))} is not there: {where}, in line {line_of(here[0])}, {_kind(here[0])}"
    texts = [key.event.value for node in mappings for key, _ in node.pairs() if isinstance(key.event, yaml.ScalarEvent)]
    present = [printable_line(text, LONGEST_QUOTE) for text in texts]
    return f"{format_path(tuple(keys))} is not there: {where} has no key {keys[depth]}; {advice(keys[depth], present)}"


def _kind(node: YamlNode) -> str:
    """Say what a node is, as the end of a sentence."""
    match node.event:
        case yaml.AliasEvent():
            return "is an alias, which is not followed"
        case yaml.SequenceStartEvent():
            return "is a list"
        case yaml.MappingStartEvent():
            return "is a mapping"
        case yaml.ScalarEvent(value="", style=""):
            return "is empty"
        case yaml.ScalarEvent(style="|" | ">"):
            return "is a block of text, in which nothing is edited"
    return "is a single value"


def documents(events: Sequence[Any]) -> list[YamlNode]:
    """Return the root of each document; `events` are those of `read_events`."""
    return [
        _node(events, number + 1) for number, event in enumerate(events) if isinstance(event, yaml.DocumentStartEvent)
    ]


def _node(events: Sequence[Any], number: int) -> YamlNode:
    """Return the node that begins with the event of that number."""
    event = events[number]
    start = event.start_mark.index
    if not isinstance(event, yaml.CollectionStartEvent):
        return YamlNode(event, start, event.end_mark.index, number, number)
    children: list[YamlNode] = []
    following = number + 1
    while not isinstance(events[following], yaml.CollectionEndEvent):
        children.append(_node(events, following))
        following = children[-1].last + 1
    return YamlNode(event, start, events[following].end_mark.index, number, following, tuple(children))


def read_events(text: str) -> list[Any]:
    """Parse; raises NotEditable for what is no YAML, too large or nested too deep."""
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise NotEditable(f"it has {size} bytes; allowed are {MAX_BYTES}")
    events: list[Any] = []
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            events.append(event)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise NotEditable(f"it is nested deeper than {MAX_DEPTH} levels")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = "" if mark is None else f", from line {mark.line + 1}, column {mark.column + 1} on"
        raise NotEditable(f"it is not YAML{place}: {error.problem}") from error
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        raise NotEditable(f"it holds a character that YAML does not allow: {error.reason}") from error
    return events


def line_of(node: YamlNode) -> int:
    return int(node.event.start_mark.line) + 1
