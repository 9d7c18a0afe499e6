"""Looking into a tree that may be wrong anywhere: what is of the expected kind is seen, the rest is passed over.

`shape` judges each value. The cross-checks read through here, so that they speak whatever else is wrong.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import BaseModel

from shared.inventory.model import Inventory
from shared.inventory.paths import Path

type Tree = Mapping[str, object]

_LISTED = 12


class Finding(NamedTuple):
    """A sentence about the value at one path of the tree."""

    path: Path
    message: str


def mapping(value: object) -> Tree:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Iterator[tuple[int, object]]:
    """Position and value of each item of a list; nothing for what is no list."""
    return enumerate(value if isinstance(value, list) else ())


def texts(value: object) -> Iterator[tuple[int, str]]:
    """Position and text of each item of a list that is text."""
    return ((position, item) for position, item in items(value) if isinstance(item, str))


def entries(tree: Tree, section: str) -> Iterator[tuple[str, Tree]]:
    """Name and content of each entry of a section."""
    return ((name, mapping(entry)) for name, entry in mapping(tree.get(section)).items())


def known(tree: Tree, section: str) -> Tree | None:
    """The entries of a section, or None if that cannot be told: it is misspelt, wrongly missing or no mapping."""
    if section in tree:
        found = tree[section]
        return found if isinstance(found, dict) else None
    wanted = Inventory.model_fields[section].is_required()
    return None if wanted or misspelt(section, tree, Inventory) else {}


def misspelt(key: str, entry: Tree, model: type[BaseModel]) -> bool:
    """Whether the entry has, in place of `key`, an unknown one that resembles it most."""
    strangers = [other for other in entry if other not in model.model_fields]
    return key not in entry and any(near(other, model.model_fields) == key for other in strangers)


def near(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that `word` resembles most, if any does."""
    return next(iter(get_close_matches(word, list(allowed), n=1)), None)


def advice(word: str, allowed: Iterable[str]) -> str:
    """What to write in place of `word`: the near match if there is one, and what is allowed."""
    allowed = list(dict.fromkeys(allowed))
    meant = near(word, allowed)
    more = ", ..." if len(allowed) > _LISTED else ""
    listed = ", ".join(allowed[:_LISTED]) + more or "nothing, for there is none yet"
    return f"did you mean {meant}? Allowed: {listed}" if meant else f"allowed: {listed}"
