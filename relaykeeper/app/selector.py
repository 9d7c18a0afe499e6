"""Choose objects by their labels, as `kubectl --selector` does.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors

An empty selector is an error here: a variable that is not set must not choose everything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.labels import label_key, label_value
from shared.text import quoted

EXAMPLE = "for example: team=mail,env in (dev,test),!retired"

_SET = re.compile(r"(?P<key>.*?)\s+(?P<operator>in|notin)\s*\((?P<values>.*)\)", re.DOTALL)
_EQUAL = re.compile(r"(?P<key>[^=!]*?)\s*(?P<operator>==|=|!=)\s*(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one part of a selector asks of the label `key`; `values` are those of `in` and `notin`.

    An object without the label fits `notin` and `missing`.
    """

    key: str
    operator: Literal["in", "notin", "present", "missing"]
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        match self.operator:
            case "in":
                return labels.get(self.key) in self.values
            case "notin":
                return labels.get(self.key) not in self.values
            case "present":
                return self.key in labels
            case "missing":
                return self.key not in labels


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements, all of which an object's labels must meet."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse_selector(text: str) -> Selector:
    """Read `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas that mean `and`.

    Raises ValueError with a sentence that names the part that is wrong, and an example.
    """
    return Selector(tuple(map(parse_requirement, split(text))))


def split(text: str) -> Iterator[str]:
    """Yield the parts between the commas outside of parentheses, without spaces around them."""
    begin, depth = 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth not in (0, 1):
            raise ValueError(f"{problem(text)}: its parentheses do not match; {EXAMPLE}")
        if character == "," and depth == 0:
            yield text[begin:position].strip()
            begin = position + 1
    if depth:
        raise ValueError(f"{problem(text)}: a parenthesis is not closed; {EXAMPLE}")
    yield text[begin:].strip()


def parse_requirement(part: str) -> Requirement:
    if not part:
        raise ValueError(f"the selector has an empty part; {EXAMPLE}")
    if found := _SET.fullmatch(part):
        return set_requirement(part, found)
    if found := _EQUAL.fullmatch(part):
        values = frozenset({checked_value(part, found["value"])})
        return Requirement(checked_key(part, found["key"]), "notin" if found["operator"] == "!=" else "in", values)
    if part.startswith("!"):
        return Requirement(checked_key(part, part[1:].strip()), "missing")
    return Requirement(checked_key(part, part), "present")


def set_requirement(part: str, found: re.Match[str]) -> Requirement:
    key = checked_key(part, found["key"])
    if not found["values"].strip():
        raise ValueError(f"{problem(part)}: there is no value in its parentheses; {EXAMPLE}")
    values = frozenset(checked_value(part, value.strip()) for value in found["values"].split(","))
    return Requirement(key, "in" if found["operator"] == "in" else "notin", values)


def checked_key(part: str, key: str) -> str:
    try:
        return label_key(key)
    except ValueError as wrong:
        raise ValueError(f"{problem(part)}: {quoted(key)} {wrong}; {EXAMPLE}") from None


def checked_value(part: str, value: str) -> str:
    try:
        return label_value(value)
    except ValueError as wrong:
        raise ValueError(f"{problem(part)}: {quoted(value)} {wrong}; {EXAMPLE}") from None


def problem(part: str) -> str:
    return f"the selector's part {quoted(part)} is wrong"
