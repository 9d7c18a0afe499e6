"""Adds an entry to a section of a YAML document, or takes it out, and keeps every other byte.

A section is a key of the document whose value is a mapping, such as `clients`. What cannot be edited so is refused with
the reason: a document in braces (JSON), an alias or an anchor in place of the section, entries that share a line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    without_space,
)
from shared.yaml_search import NotEditable, YamlNode, documents, line_of, read_events

LONGEST_LINE = 120
"""Characters of an entry in braces; a longer one is written as lines."""

_COLON = re.compile(r"[ \t]*:")
_EMPTY_BRACES = re.compile(r"\{[ \t]*\}")
_AROUND = 3
"""Events before and after the entries of a document that is one mapping: of the stream, the document, the mapping."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section in its text; `key` and `node` are None if the document has no such key."""

    name: str
    text: str
    events: tuple[Any, ...]
    root: YamlNode
    key: YamlNode | None
    node: YamlNode | None
    entries: tuple[tuple[YamlNode, YamlNode], ...] = field(init=False)

    def __post_init__(self) -> None:
        has_entries = self.node is not None and isinstance(self.node.event, yaml.MappingStartEvent)
        object.__setattr__(self, "entries", tuple(self.node.pairs()) if self.node and has_entries else ())

    @property
    def is_flow(self) -> bool:
        return self.node is not None and bool(getattr(self.node.event, "flow_style", False))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(key.event.value for key, _ in self.entries)

    def spans(self) -> list[Span]:
        return [Span(key.start, content_end(self.text, value), line_of(key)) for key, value in self.entries]


def with_entry(text: str, section: str, name: str, fields: Mapping[str, object]) -> str:
    """Return the text with a new last entry in the section, written like the entry before it: in braces, or as lines.

    A section that is missing is added at the end. `fields` hold texts, numbers, lists and mappings. Raises NotEditable.
    """
    plain = text.removeprefix(BYTE_ORDER_MARK)
    found = find_section(plain, section)
    if name in found.names:
        raise NotEditable(f"{section} has {name} already, in line {line_of(found.entries[found.names.index(name)][0])}")
    lines = entry_lines(found, name, fields)
    result = edited(plain, append(found, lines))
    if not says(result, expected_with(found, lines)):
        raise NotEditable(f"{name} cannot be added to {section} safely; edit the file by hand")
    return text.removesuffix(plain) + result


def without_entry(text: str, section: str, name: str) -> str:
    """Return the text without an entry of the section, and without the comments on its lines. Raises NotEditable."""
    plain = text.removeprefix(BYTE_ORDER_MARK)
    found = find_section(plain, section)
    if name not in found.names:
        raise NotEditable(f"{section} has no {name}")
    position = found.names.index(name)
    refuse_repeated(found, position)
    result = edited(plain, remove(found, position))
    if not says(result, expected_without(found, position)):
        raise NotEditable(f"{name} cannot be taken out of {section} safely; edit the file by hand")
    return text.removesuffix(plain) + result


def find_section(text: str, name: str) -> Section:
    """Return the section of that name; raises NotEditable if it cannot be edited."""
    events = read_events(text)
    roots = documents(events)
    if len(roots) != 1 or not isinstance(roots[0].event, yaml.MappingStartEvent):
        raise NotEditable("it is not one YAML document with sections")
    root = roots[0]
    if root.event.flow_style:
        raise NotEditable("it is written in braces, as JSON is; edit it by hand")
    found = [(key, node) for key, node in root.pairs() if getattr(key.event, "value", None) == name]
    if len(found) > 1:
        raise NotEditable(
            f"{name} is given more than once, in lines {', '.join(str(line_of(key)) for key, _ in found)}"
        )
    if not found:
        return Section(name, text, tuple(events), root, None, None)
    key, node = found[0]
    refuse_other_than_entries(name, node)
    return Section(name, text, tuple(events), root, key, node)


def refuse_other_than_entries(name: str, node: YamlNode) -> None:
    """Raise NotEditable unless the node is a mapping with texts as keys, or nothing, and has neither anchor nor tag."""
    empty = isinstance(node.event, yaml.ScalarEvent) and not (node.event.value or node.event.style)
    if not (empty or isinstance(node.event, yaml.MappingStartEvent)):
        raise NotEditable(f"{name}, in line {line_of(node)}, is no mapping; edit it by hand")
    if node.event.anchor is not None or node.event.tag is not None:
        raise NotEditable(f"{name}, in line {line_of(node)}, has an anchor or a tag; edit it by hand")
    if not all(isinstance(key.event, yaml.ScalarEvent) for key in node.children[::2]):
        raise NotEditable(f"{name}, in line {line_of(node)}, has a key that is no text; edit it by hand")


def refuse_repeated(found: Section, position: int) -> None:
    """Raise NotEditable if an alias repeats something that stands in the entry."""
    key, value = found.entries[position]
    repeated = {event.anchor for event in found.events if isinstance(event, yaml.AliasEvent)}
    anchors = {getattr(event, "anchor", None) for event in found.events[key.number : value.last + 1]}
    if anchors & repeated:
        raise NotEditable(f"an alias repeats what stands in {found.names[position]}; write it out first")


def content_end(text: str, node: YamlNode) -> int:
    """Return where a node's own text ends; libyaml's end of a block includes the comments and blank lines behind it."""
    last = node
    while last.children and not last.event.flow_style:
        last = last.children[-1]
    return without_space(text, last.end)


def entry_lines(found: Section, name: str, fields: Mapping[str, object]) -> list[str]:
    """Return the entry as lines without indentation: one, in braces, or one for the name and each field."""
    before = found.entries[-1][1] if found.entries else None
    braces = before is None or bool(getattr(before.event, "flow_style", True))
    short = dump({name: dict(fields)}, in_braces=True)[1:-1]
    if (found.is_flow and found.entries) or (braces and len(short) <= LONGEST_LINE):
        return [short]
    return [f"{dump_key(name)}:", *(f"  {dump({key: value}, in_braces=True)[1:-1]}" for key, value in fields.items())]


def dump(value: object, *, in_braces: bool) -> str:
    written = yaml.safe_dump(
        value, default_flow_style=in_braces, sort_keys=False, width=float("inf"), allow_unicode=True
    )
    return str(written).removesuffix("\n")


def dump_key(name: str) -> str:
    return dump({name: 0}, in_braces=True)[1:].removesuffix(": 0}")


def append(found: Section, lines: Sequence[str]) -> Iterator[Change]:
    """Add the lines: within braces, below the last entry, below the key, or with the key at the document's end."""
    text, key, node = found.text, found.key, found.node
    if key is None or node is None:
        yield from append_section(found, lines)
    elif found.entries and found.is_flow:
        yield from append_to_flow(text, 0, found.spans(), lines[0])
    elif found.entries:
        end = line_end(text, found.spans()[-1].end)
        yield end, end, indented(text, end, indent_of(text, found.entries[-1][0]), lines)
    else:
        indent = f"{indent_of(text, key)}  "
        if found.is_flow:
            yield remove_empty_braces(found, node)
        end = line_end(text, node.end)
        yield end, end, indented(text, end, indent, lines)


def append_section(found: Section, lines: Sequence[str]) -> Iterator[Change]:
    """Add the section at the end of the document, below the comments that stand there."""
    text = found.text
    end = min(found.root.end, len(text))
    indent = indent_of(text, found.root.children[0])
    section = [f"{indent}{found.name}:", *(f"{indent}  {line}" for line in lines)]
    here = break_at(text, end)
    written = here.join(section)
    begins_line = line_start(text, end) == end
    yield end, end, f"{written}{here}" if begins_line else f"{here}{written}"


def indented(text: str, position: int, indent: str, lines: Sequence[str]) -> str:
    here = break_at(text, position)
    return "".join(f"{here}{indent}{line}" for line in lines)


def indent_of(text: str, key: YamlNode) -> str:
    """Return the spaces before a key that begins its line; raises NotEditable if it does not."""
    indent = text[line_start(text, key.start) : key.start]
    if indent.strip(" "):
        raise NotEditable(f"the key in line {line_of(key)} does not begin its line; edit the file by hand")
    return indent


def remove_empty_braces(found: Section, node: YamlNode) -> Change:
    """Remove `{}` and the space before it; raises NotEditable if a comment or a line break is within."""
    if _EMPTY_BRACES.fullmatch(found.text, node.start, node.end) is None:
        raise NotEditable(f"the braces in line {line_of(node)} hold a comment or a line break; edit the file by hand")
    return without_space(found.text, node.start), node.end, ""


def remove(found: Section, position: int) -> Iterator[Change]:
    """Remove the entry: from between commas, or its lines; a section without entries is written `{}`."""
    text, span = found.text, found.spans()[position]
    if found.is_flow:
        yield from remove_from_flow(text, found.spans(), position)
        return
    key = found.entries[position][0]
    yield whole_lines(text, key.start - len(indent_of(text, key)), line_end(text, span.end))
    if len(found.entries) == 1 and found.key is not None:
        colon = _COLON.match(text, found.key.end)
        if colon is None:
            raise NotEditable(f"no colon follows the key in line {line_of(found.key)}; edit the file by hand")
        yield colon.end(), colon.end(), " {}"


def expected_with(found: Section, lines: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return what the events of the text must say with the entry in it."""
    alone = "\n".join([f"{found.name}:", *(f"  {line}" for line in lines)])
    section, begin, *entry, end = [signature(event) for event in read_events(alone)][_AROUND:-_AROUND]
    expected = [signature(event) for event in found.events]
    if found.node is None:
        expected[found.root.last : found.root.last] = [section, begin, *entry, end]
    elif isinstance(found.node.event, yaml.ScalarEvent):
        expected[found.node.number : found.node.number + 1] = [begin, *entry, end]
    else:
        expected[found.node.last : found.node.last] = entry
        if not found.entries:
            expected[found.node.number] = begin
    return expected


def expected_without(found: Section, position: int) -> list[tuple[Any, ...]]:
    """Return what the events of the text must say without the entry."""
    key, value = found.entries[position]
    expected = [signature(event) for event in found.events]
    del expected[key.number : value.last + 1]
    if len(found.entries) == 1 and found.node is not None:
        expected[found.node.number] = (*expected[found.node.number][:-1], True)
    return expected
