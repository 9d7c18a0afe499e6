"""A problem document (RFC 8555, section 6.7) in one line that may be logged, stored and shown."""

import re

import msgspec

from shared.adapters.acme.shapes import Problem
from shared.text import printable_line

LONGEST = 800
"""Characters; an order for a hundred names can fail for a hundred reasons."""


def read_problem(body: bytes) -> Problem | None:
    """Read a problem document; None if the body is something else, as a proxy's is."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def in_words(problem: Problem | None) -> str:
    """Say what the authority said: type, detail and each subproblem with its name. Empty for no problem."""
    if problem is None:
        return ""
    name = problem.identifier.value if problem.identifier else None
    said = ": ".join(part for part in (name, problem.kind, problem.detail or problem.title) if part)
    return without_queries("; ".join([said, *(in_words(part) for part in problem.subproblems or ())]))


def page_of(problem: Problem | None) -> str | None:
    """Return the page where a person is to act (RFC 8555, section 7.3.3), fit to be shown; None for none on https."""
    if problem is None or problem.instance is None or not problem.instance.lower().startswith("https://"):
        return None
    return without_queries(problem.instance)


def without_queries(text: str) -> str:
    """Lay text out on one printable line, cut to a readable length, without the query strings of its URLs: Let's
    Encrypt puts tokens there."""
    return printable_line(re.sub(r"(?<=\S)\?\S+", "?...", printable_line(text)), LONGEST)
