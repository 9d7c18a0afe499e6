"""The rules and the dashboard ask for what is exported, by labels that it has, and send people to the runbook."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import yaml

from shared.domain.alerting.alert import ALERT_NAMES, STAGES
from shared.domain.audit import SCHEDULED
from shared.domain.metrics import GAUGES
from shared.domain.object_ref import ALL
from shared.errors import TransientError
from shared.inventory import Route, SecretReference
from shared.workflows.metrics import metrics
from shared.workflows.pauses import pause
from shared.workflows.tick import tick_by_timer
from shared.workflows.watch import watch
from tests.fakes.inventory import INTERNAL
from tests.monitoring.written import MONITORING, Query, queries_of_dashboard, queries_of_rules, rules
from tests.workflows.client_world import client_world
from tests.workflows.world import World

SLACK = Route.model_construct(kind="slack", urls=(SecretReference("dev", "slack"),), match={})
ASKED = (*queries_of_rules(), *queries_of_dashboard())
LINE = re.compile(r"(\w+)(?:\{(.*)\})? \d+")
SCRAPED = frozenset({"instance", "job"})
"""Labels that Prometheus gives to whatever it scrapes."""


def eventful() -> World:
    """Return a world in which there is something to say by every metric."""
    world = client_world()
    world.tick()
    alerts = world.inventory.alerts.model_copy(update={"routes": {"people": SLACK}})
    world.inventory = world.inventory.model_copy(update={"alerts": alerts})
    world.clock.advance(timedelta(days=80))
    world.authority.faults.before("new_order", TransientError("down"))
    world.handle_message()
    journal = world.state.certificates.read(INTERNAL)
    waiting = journal.attempt.with_wait("issuance", "the vault is signing", world.clock.now())
    world.state.certificates.content[INTERNAL] = journal.with_attempt(waiting)
    pause(ALL, world.clock.now() + timedelta(hours=1), SCHEDULED, world.ports)
    tick_by_timer("test", world.ports)
    watch(world.ports)
    return world


@pytest.fixture(scope="module")
def exported() -> Mapping[str, frozenset[str]]:
    """Return the labels of each metric that has a value."""
    found = [LINE.fullmatch(line) for line in metrics(eventful().ports).splitlines() if not line.startswith("#")]
    return {line[1]: frozenset(re.findall(r'(\w+)="', line[2] or "")) for line in found if line is not None}


@pytest.fixture(scope="module")
def known(exported: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Return the same, with what the rules record: it has the labels of what it is made of."""
    recorded = {
        rule["record"]: frozenset[str]().union(*(exported.get(name, ()) for name in Query("", rule["expr"]).metrics))
        for rule in rules()
        if "record" in rule
    }
    return {**exported, **recorded}


def test_every_metric_can_have_a_value(exported: Mapping[str, frozenset[str]]) -> None:
    assert {name: set(labels) for name, labels in exported.items()} == {
        gauge.name: set(gauge.labels) for gauge in GAUGES
    }


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_what_is_asked_for_is_exported(asked: Query, known: Mapping[str, frozenset[str]]) -> None:
    assert asked.metrics <= known.keys()
    assert [(metric, label) for metric, label in asked.selected if label not in known[metric]] == []
    assert asked.labels <= SCRAPED.union(*(known[metric] for metric in asked.metrics))


def test_nothing_is_exported_that_neither_rules_nor_dashboard_ask_for(exported: Mapping[str, frozenset[str]]) -> None:
    assert exported.keys() - frozenset[str]().union(*(asked.metrics for asked in ASKED)) == set()


def test_the_rules_urgency_is_that_of_the_alerts() -> None:
    begins = {
        (float(rule["expr"].split(" >= ")[1].split(" ")[0]), rule["labels"]["severity"], rule["labels"].get("page"))
        for rule in rules()
        if rule.get("alert") == "RelaykeeperCertificateExpiring"
    }
    assert begins == {
        (late, "warning" if urgency == "warning" else "critical", "true" if urgency == "page" else None)
        for late, urgency in STAGES
    }


def entries(rule: Mapping[str, Any]) -> set[str]:
    """Return the entries of the runbook to which a rule may lead: where its metric has the alert's name, of those."""
    entry = rule["annotations"]["runbook"]
    if entry != "{{ $labels.alert }}":
        return {entry}
    return {name for names in re.findall(r'alert=~"(.*?)"', rule["expr"]) for name in names.split("|")}


def test_the_rules_alone_cover_every_alert_of_the_watch() -> None:
    led_to = set[str]().union(*(entries(rule) for rule in rules() if "alert" in rule))
    assert led_to == set(ALERT_NAMES) - {"Test"}


@pytest.mark.parametrize("way", ["entra", "key"])
def test_what_is_scraped_is_what_the_rules_miss(way: str) -> None:
    [job] = yaml.safe_load((MONITORING / f"prometheus.{way}.yaml").read_text(encoding="utf-8"))["scrape_configs"]
    asked = " ".join(each.expression for each in queries_of_rules())
    assert set(re.findall(r'job="(.*?)"', asked)) == {job["job_name"]}
