"""YAML text -> plain values with the line of each, or every reason why it is not taken.

PyYAML composes the nodes, from libyaml's events. What YAML offers beyond plain mappings, lists and scalars is refused:
aliases, merge keys, tags, duplicate keys, duplicate list items. The text is hostile: it costs no more than its size.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, override

import yaml
from yaml.composer import Composer

from shared.errors import ConfigError, ConfigProblem

type Path = tuple[str | int, ...]
"""Keys and 0-based positions from the top of the document down to one value."""

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 10

_NO_ANCHOR: Any = None
_KINDS = {"bool": "truth value", "float": "number", "int": "number", "timestamp": "date"}
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class AmbiguousScalar:
    """A plain scalar that YAML 1.1 takes for a `kind` other than text or a decimal number: `yes`, `1.5`, `0x19`."""

    text: str
    kind: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one document, the place of each key and list item, and what was refused."""

    tree: dict[str, object]
    places: dict[Path, "TextPlace"]
    problems: tuple[ConfigProblem, ...]

    def problem(self, path: Path, message: str) -> ConfigProblem:
        """Return `message` about the value at `path`; a missing value has the place of the mapping that lacks it."""
        known = path
        while known not in self.places:
            known = known[:-1]
        return problem_at(self.places[known], path, message)


class TextPlace(NamedTuple):
    """Where a value stands in the text, counted from 1."""

    line: int
    column: int


def problem_at(place: TextPlace, path: Path, message: str) -> ConfigProblem:
    return ConfigProblem(format_path(path), place.line, message, place.column)


def format_path(path: Path) -> str:
    """Return `path` as a person writes it: `relays.dev.ports[1]`, `zones."example.net".resource_group`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_format_key(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def read_yaml(text: str) -> Document:
    """Read one YAML document that is a mapping; raises ConfigError if there is none.

    Duplicates, aliases and tags do not prevent reading: they are in the document's `problems`.
    """
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise ConfigError([ConfigProblem("", None, f"the inventory has {size} bytes; allowed are {MAX_BYTES}")])
    try:
        composer = _BoundedComposer(text)
        composer.check_node()
        reader = _TreeReader(composer.refused)
        tree = reader.read_document(composer.get_node())
        if composer.check_node():
            reader.refuse((), composer.peek_event(), "a second YAML document begins here; an inventory is one document")
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, text)]) from error
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        message = f"the inventory holds a character that YAML does not allow: {error.reason}"
        raise ConfigError([ConfigProblem("", None, message)]) from error
    if not isinstance(tree, dict) or not tree:
        found = "is no mapping" if tree else "is empty"
        message = f"the inventory {found}; it must be a mapping with the sections vaults, certificates and so on"
        raise ConfigError([*reader.problems, ConfigProblem("", 1, message, 1)])
    return Document(tree, reader.places, tuple(reader.problems))


class _BoundedComposer(Composer, yaml.CSafeLoader):
    """Composes nodes, but follows no alias and nests no deeper than MAX_DEPTH; `refused` has the nodes with a reason.

    PyYAML's own `compose_node` follows aliases, and recurses as deep as the text nests.
    """

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        self.refused: dict[yaml.Node, str] = {}
        self._depth = 0

    @override
    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        event: Any = self.peek_event()  # the stubs do not know libyaml's marks
        if isinstance(event, yaml.AliasEvent):
            self.get_event()
            start: Any = event.start_mark
            alias = yaml.ScalarNode("tag:yaml.org,2002:null", "", start)
            self.refused[alias] = "an alias is not followed here; write the value out"
            return alias
        tag = event.tag
        if tag is not None:
            event.tag, event.implicit = None, (True, False)
        node = self.compose_scalar_node(_NO_ANCHOR) if isinstance(event, yaml.ScalarEvent) else self._collection(event)
        if tag is not None:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            self.refused[node] = f"the tag {short} is not read here; text may be put in quotes instead"
        return node

    def _collection(self, event: Any) -> yaml.Node:
        if self._depth >= MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nested deeper than the {MAX_DEPTH} levels that are read", problem_mark=event.start_mark
            )
        self._depth += 1
        mapping = isinstance(event, yaml.MappingStartEvent)
        node = self.compose_mapping_node(_NO_ANCHOR) if mapping else self.compose_sequence_node(_NO_ANCHOR)
        self._depth -= 1
        return node


@dataclass(slots=True)
class _TreeReader:
    """Turns nodes into values; `places` and `problems` fill as it goes."""

    refused: dict[yaml.Node, str]
    places: dict[Path, TextPlace] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)

    def read_document(self, root: yaml.Node | None) -> object:
        return None if root is None else self._value(root, ())

    def refuse(self, path: Path, at: yaml.Node | yaml.Event | None, message: str) -> None:
        self.problems.append(problem_at(_place(at), path, message))

    def _value(self, node: yaml.Node, path: Path) -> object:
        self.places.setdefault(path, _place(node))
        if reason := self.refused.get(node):
            self.refuse(path, node, reason)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        return self._mapping(node, path, {}) if isinstance(node, yaml.MappingNode) else self._sequence(node, path)

    def _sequence(self, node: yaml.Node, path: Path) -> list[object]:
        values: list[object] = []
        seen: set[object] = set()
        for position, item in enumerate(node.value):
            value = self._value(item, (*path, position))
            if isinstance(value, str | int | AmbiguousScalar):
                if value in seen:
                    self.refuse((*path, position), item, f"{value} is listed twice; allowed is once")
                seen.add(value)
            values.append(value)
        return values

    def _mapping(self, node: yaml.Node, path: Path, tree: dict[str, object]) -> dict[str, object]:
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in tree:
                self._duplicate(key_node, value_node, (*path, key), tree[key])
            else:
                self.places[*path, key] = _place(key_node)
                tree[key] = self._value(value_node, (*path, key))
        return tree

    def _duplicate(self, key: yaml.Node, value: yaml.Node, path: Path, first: object) -> None:
        """Report a second `key`. A section that begins twice is read to its end, so that references into it hold."""
        self.refuse(path, key, f"duplicate key, given in line {self.places[path].line} already; keep one of them")
        if len(path) == 1 and isinstance(first, dict) and isinstance(value, yaml.MappingNode):
            self._mapping(value, path, first)

    def _key(self, node: yaml.Node, path: Path) -> str | None:
        """Return the key as text, or None if it cannot be used; report every key that is not text."""
        if not isinstance(node, yaml.ScalarNode) or self.refused.get(node, "").startswith("an alias"):
            self.refuse(path, node, "a key must be text, not a list, a mapping or an alias")
            return None
        if node.value == "<<" and not node.style:
            self.refuse(path, node, "the merge key << is not read here; write the keys out")
            return None
        if not isinstance(_scalar(node), str):
            self.refuse(path, node, f'the key {node.value} is not text to YAML; put it in quotes: "{node.value}"')
        return str(node.value)


def _scalar(node: yaml.ScalarNode) -> str | int | AmbiguousScalar | None:
    """Return the value of a scalar; quoted and block scalars are text (YAML 1.1, section 10.2.1)."""
    text = str(node.value)
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if node.style or kind == "str":
        return text
    if kind == "null":
        return None
    if _DECIMAL.fullmatch(text):
        return int(text)
    return AmbiguousScalar(text, _KINDS[kind]) if kind in _KINDS else text


def _place(at: Any) -> TextPlace:
    return TextPlace(int(at.start_mark.line) + 1, int(at.start_mark.column) + 1)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> ConfigProblem:
    mark = error.problem_mark
    if mark is None:
        return ConfigProblem("", None, f"the inventory is not YAML: {error.problem}")
    line = next(iter(text.splitlines()[mark.line : mark.line + 1]), "")
    indent = line[: len(line) - len(line.lstrip())]
    advice = "; a tab cannot indent, write spaces" if "\t" in indent else ""
    context = f" {error.context}" if error.context else ""
    message = f"the inventory cannot be read from column {mark.column + 1} on: {error.problem}{context}{advice}"
    return ConfigProblem("", mark.line + 1, message, mark.column + 1)


def _format_key(key: str) -> str:
    return f'"{key}"' if "." in key or " " in key or not key.isprintable() else key
