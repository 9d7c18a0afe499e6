"""What somebody may have meant who mistyped a name, or wrote a part of it."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most like `name`, those first of which it is a part."""
    by_lower = {known.lower(): known for known in names}
    wanted = name.lower()
    longer = [known for known in by_lower if wanted and wanted in known]
    alike = get_close_matches(wanted, by_lower, MOST)
    return [by_lower[match] for match in dict.fromkeys([*longer, *alike])][:MOST]
