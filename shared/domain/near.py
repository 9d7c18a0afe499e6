"""What somebody may have meant who mistyped a name, or wrote a part of it."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from shared.errors import Unknown
from shared.text import LONGEST_QUOTE, quoted

MOST = 3


def named[T](kind: str, name: str, entries: Mapping[str, T]) -> T:
    """Return the inventory's entry of that name. Raises Unknown, with what may have been meant."""
    if name not in entries:
        raise Unknown(f"the inventory has no {kind} {quoted(name)}.", near(name, entries))
    return entries[name]


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most like `name`, those first of which it is a part; none where it is far too long."""
    if len(name) > LONGEST_QUOTE:
        return []
    by_lower = {known.lower(): known for known in names}
    wanted = name.lower()
    longer = [known for known in by_lower if wanted and wanted in known]
    alike = get_close_matches(wanted, by_lower, MOST)
    beginnings = {known[: len(wanted)]: known for known in reversed(by_lower) if wanted}
    begun_alike = [beginnings[match] for match in get_close_matches(wanted, beginnings, MOST)]
    return [by_lower[match] for match in dict.fromkeys([*longer, *alike, *begun_alike])][:MOST]
