"""What YAML makes of one scalar: text, a whole number, nothing, or something that an inventory has no use for."""

import re
from dataclasses import dataclass

import yaml

_KINDS = {"bool": "truth value", "float": "number", "int": "number", "timestamp": "date"}
_RESOLVER = yaml.resolver.Resolver()


@dataclass(frozen=True, slots=True)
class Unquoted:
    """A plain scalar that YAML 1.1 takes for a `kind` other than text or a decimal number: `yes`, `1.5`, `0x19`."""

    text: str
    kind: str

    def __str__(self) -> str:
        return self.text


def scalar(event: yaml.ScalarEvent) -> str | int | Unquoted | None:
    """The value of a scalar; whatever is quoted or a block is text (YAML 1.1, 10.2.1)."""
    text = str(event.value)
    if event.style:
        return text
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == "null":
        return None
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    return Unquoted(text, _KINDS[kind]) if kind in _KINDS else text
