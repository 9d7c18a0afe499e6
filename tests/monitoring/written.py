"""What the rules and the dashboard ask of Prometheus."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

MONITORING = Path(__file__).parents[2] / "infra" / "monitoring"
RULES = tuple(sorted((MONITORING / "rules").glob("*.yaml")))

METRIC = re.compile(r"\brelaykeeper[_:][a-z_:]+")
SELECTED = re.compile(r"(\brelaykeeper[_:][a-z_:]+)\{([^}]*)\}")
GROUPED = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
MATCHED = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
SHOWN = re.compile(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}")
"""A label in an annotation (`{{ $labels.relay }}`) or in a legend (`{{relay}}`)."""


class Query(NamedTuple):
    """An expression, where it stands, and the texts that show labels of what it returns."""

    where: str
    expression: str
    shown: str = ""

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(METRIC.findall(self.expression))

    @property
    def selected(self) -> Iterator[tuple[str, str]]:
        """Yield each metric that is narrowed, and by which label."""
        for metric, matchers in SELECTED.findall(self.expression):
            yield from ((metric, label) for label in MATCHED.findall(matchers))

    @property
    def labels(self) -> frozenset[str]:
        """Name the labels by which it groups and joins, and those that are shown."""
        grouped = (label.strip() for labels in GROUPED.findall(self.expression) for label in labels.split(","))
        return frozenset(label for label in (*grouped, *SHOWN.findall(self.shown)) if label)


@cache
def rules() -> tuple[Mapping[str, Any], ...]:
    """Return every rule of every file."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    return tuple(rule for file in files for group in file["groups"] for rule in group["rules"])


@cache
def queries_of_rules() -> tuple[Query, ...]:
    return tuple(
        Query(
            rule.get("alert") or rule["record"],
            rule["expr"],
            " ".join([*rule.get("labels", {}).values(), *rule.get("annotations", {}).values()]),
        )
        for rule in rules()
    )


@cache
def queries_of_dashboard() -> tuple[Query, ...]:
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    return tuple(
        Query(panel["title"], target["expr"], target.get("legendFormat", ""))
        for panel in panels
        for target in panel.get("targets", ())
    )
