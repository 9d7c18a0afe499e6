"""Which objects a change is meant for: names, or labels; more than one only if a person says how many."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relaykeeper.app.api import Api
from relaykeeper.app.kinds import Kind
from relaykeeper.app.reading import read_list, read_one
from relaykeeper.app.selector import Selector, parse_selector
from relaykeeper.failures import UsageFailure
from shared.text import counted, printable_line, quoted

NAME = re.compile(r"[0-9A-Za-z-]{1,127}", re.ASCII)
"""Of every object of the inventory; nothing else may become a part of a URL's path, or of a command that we suggest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Objects of a kind, by names or by labels, and how many they are to be (`yes`), if a person said it."""

    kind: Kind
    names: tuple[str, ...]
    selector: Selector | None
    yes: int | None

    @classmethod
    def read(cls, kind: Kind, names: Sequence[str], selector: str | None, yes: int | None) -> "Choice":
        """Read the command line. Raises UsageFailure."""
        if bool(names) == (selector is not None):
            raise UsageFailure(f"name the {kind.name}, or choose them by labels (--selector): one of both")
        bare = tuple(dict.fromkeys(bare_name(kind, name) for name in names))
        return cls(kind, bare, None if selector is None else read_selector(selector), yes)


def choose(choice: Choice, verb: str, api: Api) -> Sequence[str]:
    """Return the names that a change is meant for; a single name is not looked up.

    Raises UsageFailure for an unknown name; and for more than one, or another number than `yes`, with what `verb` would
    be done to; what Api.get does.
    """
    if len(choice.names) == 1 and choice.yes in (None, 1):
        return choice.names
    if choice.selector is None:
        items = [read_one(api, choice.kind, name) for name in choice.names]
    else:
        items = select(choice.kind, choice.selector, api)
    if len(items) != (choice.yes or 1):
        raise UsageFailure(what_would_be_done(choice, verb, items))
    return [bare_name(choice.kind, str(item.get(choice.kind.keys[0]))) for item in items]


def bare_name(kind: Kind, given: str) -> str:
    """Return NAME of `NAME` or `KIND/NAME`. Raises UsageFailure for what can be no name."""
    name = given.removeprefix(f"{kind.singular}/")
    if NAME.fullmatch(name) is None:
        raise UsageFailure(f"{quoted(given)} can be no {kind.singular}'s name: those have letters, digits and hyphens")
    return name


def read_selector(text: str) -> Selector:
    try:
        return parse_selector(text)
    except ValueError as wrong:
        raise UsageFailure(str(wrong)) from None


def select(kind: Kind, selector: Selector, api: Api) -> list[dict[str, Any]]:
    found = [item for item in read_list(api, kind) if selector.matches(item.get("labels", {}))]
    if not found:
        raise UsageFailure(f"no {kind.singular} has these labels; nothing was done. See: relaykeeper get {kind.name}")
    return found


def what_would_be_done(choice: Choice, verb: str, items: Sequence[Mapping[str, Any]]) -> str:
    kind, number = choice.kind, len(items)
    lines = [printable_line(f"{item.get(kind.keys[0])}: {item.get('message')}") for item in items]
    instead = "" if choice.yes is None else f", not {choice.yes:,}"
    does = f"this would {verb} {counted(number, kind.singular)}{instead}, and nothing was done"
    return "\n  ".join([f"{does}. If it is what you mean, add --yes {number}:", *lines])
