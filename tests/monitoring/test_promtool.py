"""Prometheus accepts our metrics, rules, expressions and configuration, and the rules fire when they should."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.workflows.metrics import metrics
from shared.workflows.tick import tick_by_timer
from shared.workflows.watch import watch
from tests.monitoring.written import MONITORING, RULES, queries_of_dashboard
from tests.workflows.client_world import client_world

HERE = Path(__file__).parent


def promtool(*arguments: str | Path, text: str = "") -> None:
    """Run it; fail with its words if it objects."""
    ran = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def config(way: str) -> Any:
    return yaml.safe_load((MONITORING / f"prometheus.{way}.yaml").read_text(encoding="utf-8"))


def test_the_metrics_are_well_formed_and_named_as_is_usual() -> None:
    world = client_world()
    world.tick()
    tick_by_timer("test", world.ports)
    watch(world.ports)
    promtool("check", "metrics", text=metrics(world.ports))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_rules_are_valid_and_fire_when_they_should(path: Path) -> None:
    promtool("check", "rules", path)
    promtool("test", "rules", HERE / f"{path.stem}.test.yaml")


def test_the_dashboard_s_expressions_are_valid(tmp_path: Path) -> None:
    recorded = [
        {"record": f"expression_{number}", "expr": asked.expression}
        for number, asked in enumerate(queries_of_dashboard())
    ]
    path = tmp_path / "dashboard.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}), encoding="utf-8")
    promtool("check", "rules", path)


def test_the_configuration_for_entra_is_valid() -> None:
    promtool("check", "config", MONITORING / "prometheus.entra.yaml")


def test_the_configuration_for_a_key_is_the_same_but_for_a_header() -> None:
    """Debian's promtool is older than the header."""
    by_entra, by_key = config("entra"), config("key")
    assert by_key["scrape_configs"][0].pop("http_headers").keys() == {"x-functions-key"}
    del by_entra["scrape_configs"][0]["oauth2"]
    assert by_key == by_entra
