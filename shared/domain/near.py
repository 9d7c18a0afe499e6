"""What somebody may have meant who mistyped a name."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most like `name`, the nearest first."""
    by_lower = {known.lower(): known for known in names}
    return [by_lower[match] for match in get_close_matches(name.lower(), by_lower, MOST)]
