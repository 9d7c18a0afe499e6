"""YAML text -> plain values and the line of each, or why it cannot be read at all."""

from dataclasses import dataclass

import yaml

from shared.errors import ConfigError, Problem
from shared.inventory.events import Reader
from shared.inventory.paths import Path, spell

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: the tree, the 1-based line of each key and item, and the problems met on the way."""

    tree: dict[str, object]
    lines: dict[Path, int]
    problems: tuple[Problem, ...]

    def problem(self, path: Path, message: str) -> Problem:
        """`message` about the value at `path`; what is missing is placed at the line of what should hold it."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        return Problem(spell(path), self.lines[known], message)


def read(text: str) -> Document:
    """Read one YAML document whose top is a mapping; raises ConfigError where there is none to be read."""
    size = len(text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise ConfigError([Problem("", None, f"the inventory has {size} bytes; allowed are {MAX_BYTES}")])
    reader = Reader(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        tree = reader.document()
    except yaml.MarkedYAMLError as error:
        raise ConfigError([*reader.problems, _syntax_problem(error, text)]) from error
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        message = f"the inventory holds a character that YAML does not allow: {error.reason}"
        raise ConfigError([*reader.problems, Problem("", None, message)]) from error
    if not isinstance(tree, dict) or not tree:
        found = "is no mapping" if tree else "is empty"
        message = f"the inventory {found}; it must be a mapping with the sections vaults, certificates and so on"
        raise ConfigError([*reader.problems, Problem("", 1, message)])
    return Document(tree, reader.lines, tuple(reader.problems))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark
    if mark is None:
        return Problem("", None, f"the inventory is not YAML: {error.problem}")
    line = next(iter(text.splitlines()[mark.line : mark.line + 1]), "")
    indent = line[: len(line) - len(line.lstrip())]
    advice = "; a tab cannot indent, write spaces" if "\t" in indent else ""
    context = f" {error.context}" if error.context else ""
    message = f"the inventory cannot be read from column {mark.column + 1} on: {error.problem}{context}{advice}"
    return Problem("", mark.line + 1, message)
