"""Suggestions for a mistyped name: the known names that somebody may have meant."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from shared.errors import NotFound
from shared.text import LONGEST_QUOTE, quoted

MOST_SUGGESTIONS = 3
SHORTEST_PART = 3
"""Characters that a part of a name must have to stand for it; a shorter one is in too many names."""

_LISTED = 12
_LIKENESS_OF_BEGINNINGS = 0.8


def named[T](kind: str, name: str, entries: Mapping[str, T]) -> T:
    """Return the inventory's entry of that name. Raises NotFound, with the names that may have been meant."""
    if name not in entries:
        raise NotFound(f"the inventory has no {kind} {quoted(name)}.", near(name, entries))
    return entries[name]


def advice(word: str, allowed: Iterable[str]) -> str:
    """Return what to write in place of `word`: the nearest allowed word, if any is near, and what is allowed."""
    allowed = list(dict.fromkeys(allowed))
    more = ", ..." if len(allowed) > _LISTED else ""
    listed = ", ".join(allowed[:_LISTED]) + more or "nothing, for there is none yet"
    meant = near(word, allowed)
    return f"did you mean {meant[0]}? Allowed: {listed}" if meant else f"allowed: {listed}"


def near(name: str, names: Iterable[str], likeness: float = 0.6) -> list[str]:
    """Return at most MOST_SUGGESTIONS names, whatever their case: those that contain `name`, then those most like it.

    `likeness` is from 0 (anything) to 1 (equal), as in difflib. A name that is longer than any known one has none.
    """
    wanted = name.lower()
    if not wanted or len(name) > LONGEST_QUOTE:
        return []
    by_lower = {known.lower(): known for known in names}
    found = get_close_matches(wanted, by_lower, MOST_SUGGESTIONS, likeness)
    if len(wanted) >= SHORTEST_PART:
        beginnings = {known[: len(wanted)]: known for known in reversed(by_lower)}
        alike = get_close_matches(wanted, beginnings, MOST_SUGGESTIONS, _LIKENESS_OF_BEGINNINGS)
        begun_alike = [beginnings[match] for match in alike]
        found = [*(known for known in by_lower if wanted in known), *found, *begun_alike]
    return [by_lower[match] for match in dict.fromkeys(found)][:MOST_SUGGESTIONS]
