"""Checks of a relay as a table that a person reads, and as JSON that a program does."""

import json
from collections.abc import Iterable, Sequence

from shared.domain.clients.relay_checks import ReplicaCheck, summary
from shared.text import printable_line

HEADINGS = ("REPLICA", "PORT", "CHECK", "STATUS", "MESSAGE")

ALL = "-"
"""Stands for all replicas, or all ports."""


def as_table(checks: Sequence[ReplicaCheck], left_out: Iterable[str]) -> str:
    """Return one line per check, then what to do about each that is not ok, then what was left out."""
    rows = [HEADINGS, *map(row_of, checks)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
    lines = ["  ".join([*map(str.ljust, row, widths), row[-1]]) for row in rows]
    return "\n".join([*lines, *remedies(checks), *(f"not examined: {each}" for each in left_out), summary(checks)])


def row_of(each: ReplicaCheck) -> tuple[str, ...]:
    port = ALL if each.port is None else str(each.port)
    check = each.check
    return each.replica or ALL, port, check.name, check.status, printable_line(check.message)


def remedies(checks: Iterable[ReplicaCheck]) -> list[str]:
    """Return what to do, once for each check by its name and reason."""
    found = {
        (each.check.name, each.check.reason): each.check.remedy
        for each in checks
        if each.check.status != "ok" and each.check.remedy
    }
    return [f"{name} ({reason}): {remedy}" for (name, reason), remedy in found.items()]


def as_json(checks: Iterable[ReplicaCheck]) -> str:
    """Return the checks as a JSON document `{"checks": [...]}`."""
    return json.dumps({"checks": [each.fields() for each in checks]}, indent=2)
