"""YAML events -> plain values, telling what no inventory may hold: duplicate keys, aliases, tags.

Events come one at a time from libyaml, so that a hostile document costs no more than its size: aliases are refused, not
followed, and nesting ends at a depth that no inventory reaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from shared.errors import Problem
from shared.inventory.paths import Path, spell
from shared.inventory.scalars import scalar

_MAX_DEPTH = 10


@dataclass(slots=True)
class Reader:
    """Reads one document; `lines` (1-based, per key and item) and `problems` fill as it goes."""

    events: Iterator[yaml.Event]
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> object:
        """The one document's value; None where there is no document. Raises yaml.YAMLError."""
        value: object = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse((), event, "a second YAML document begins here; an inventory is one document")
                    break
                value = self._value(next(self.events), ())
        return value

    def _refuse(self, path: Path, event: yaml.Event, message: str) -> None:
        self.problems.append(Problem(spell(path), _line(event), message))

    def _value(self, event: yaml.Event, path: Path) -> object:
        self.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(path, event, f"the tag {tag} is not read here; text may be put in quotes instead")
        match event:
            case yaml.ScalarEvent():
                return scalar(event)
            case yaml.MappingStartEvent():
                return self._mapping(event, path, {})
            case yaml.SequenceStartEvent():
                return self._sequence(event, path)
            case _:
                self._refuse(path, event, "an alias is not followed here; write the value out")
                return None

    def _sequence(self, start: yaml.Event, path: Path) -> list[object]:
        _check_depth(start, len(path))
        values: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, start: yaml.Event, path: Path, tree: dict[str, object]) -> dict[str, object]:
        _check_depth(start, len(path))
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            value = next(self.events)
            if key is None:
                self._skip(value, len(path))
            elif key in tree:
                self._duplicate(event, value, (*path, key), tree[key])
            else:
                self.lines[*path, key] = _line(event)
                tree[key] = self._value(value, (*path, key))
        return tree

    def _duplicate(self, key: yaml.Event, value: yaml.Event, path: Path, first: object) -> None:
        """Report a second `key`. A section that is begun again is read on, so that references into it hold."""
        self._refuse(path, key, f"duplicate key, given in line {self.lines[path]} already; keep one of them")
        if len(path) == 1 and isinstance(first, dict) and isinstance(value, yaml.MappingStartEvent):
            self._mapping(value, path, first)
        else:
            self._skip(value, len(path))

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """The key as text, or None where there is none; whatever is not text is reported."""
        match event:
            case yaml.ScalarEvent(value="<<") if not event.style:
                self._refuse(path, event, "the merge key << is not read here; write the keys out")
                return None
            case yaml.ScalarEvent():
                if not isinstance(scalar(event), str):
                    message = f'the key {event.value} is not text to YAML; put it in quotes: "{event.value}"'
                    self._refuse(path, event, message)
                return str(event.value)
            case _:
                self._refuse(path, event, "a key must be text, not a list, a mapping or an alias")
                self._skip(event, len(path))
                return None

    def _skip(self, event: yaml.Event, depth: int) -> None:
        """Read past the value that `event` begins."""
        opened = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                _check_depth(event, depth + opened)
                opened += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                opened -= 1
            if opened == 0:
                return
            event = next(self.events)


def _check_depth(start: yaml.Event, depth: int) -> None:
    if depth >= _MAX_DEPTH:
        raise yaml.MarkedYAMLError(
            problem=f"nested deeper than the {_MAX_DEPTH} levels that are read",
            problem_mark=start.start_mark,  # type: ignore[arg-type]  # the stubs lack libyaml's kind of mark
        )


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1  # type: ignore[union-attr]  # every parsed event has a mark
