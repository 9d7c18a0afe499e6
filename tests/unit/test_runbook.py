"""Every alert has its entry in the runbook, and every entry an alert."""

import re
from pathlib import Path

from shared.domain.alerting.alert import ALERT_NAMES

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
ENTRIES = dict(zip(*[iter(re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)[1:])] * 2, strict=True))


def test_entries_are_those_of_the_alerts() -> None:
    assert tuple(ENTRIES) == ALERT_NAMES


def test_each_entry_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    for name, text in ENTRIES.items():
        assert re.findall(r"^\*\*(.+?)\*\*", text, flags=re.MULTILINE) == ["Means", "Look at", "Do"], name
