"""The difference between two texts of a file, for a terminal and for `patch`."""

import difflib
import re
from collections.abc import Iterator


def unified_diff(path: str, before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff; control characters of the file are shown as question marks."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        shown = "".join(each if each.isprintable() or each == "\t" else "?" for each in line.rstrip("\r\n"))
        yield f"{shown}\n" if line.endswith("\n") else f"{shown}\n\\ No newline at end of file\n"
