"""Metrics as Prometheus reads them."""

import pytest

from shared.domain.metrics import GAUGES, QUARANTINED, REPLICAS, ROUTE_FAILING, SERVED_DUE, WATCHED_AT, exposition
from tests.fakes.inventory import NOW


def values(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_value_stands_below_its_metric_s_meaning() -> None:
    text = exposition([QUARANTINED.at(2, "prod"), QUARANTINED.at(0, "dev")])
    assert (
        "# HELP relaykeeper_quarantined_versions Versions that must not be delivered.\n"
        "# TYPE relaykeeper_quarantined_versions gauge\n"
        'relaykeeper_quarantined_versions{certificate="prod"} 2\n'
        'relaykeeper_quarantined_versions{certificate="dev"} 0\n'
    ) in text


def test_values_of_one_metric_stand_together_in_whatever_order_they_come() -> None:
    place = ("prod", "relay", "cluster")
    text = exposition([REPLICAS.at(2, *place), QUARANTINED.at(0, "prod"), REPLICAS.at(3, *place)])
    assert [line.partition("{")[0] for line in values(text)] == [REPLICAS.name] * 2 + [QUARANTINED.name]


def test_a_moment_is_in_whole_seconds_and_a_metric_without_labels_has_no_braces() -> None:
    assert values(exposition([WATCHED_AT.when(NOW)])) == [f"{WATCHED_AT.name} {int(NOW.timestamp())}"]


@pytest.mark.parametrize(
    ("value", "shown"), [('a"b', 'a\\"b'), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"), ("ä {}", "ä {}")]
)
def test_a_label_may_hold_anything(value: str, shown: str) -> None:
    assert values(exposition([ROUTE_FAILING.at(True, value)])) == [f'relaykeeper_route_failing{{route="{shown}"}} 1']


def test_a_value_for_other_labels_than_the_metric_s_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="has the labels"):
        SERVED_DUE.when(NOW, "prod")


def test_names_are_unlike_and_begin_with_ours() -> None:
    names = [gauge.name for gauge in GAUGES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("relaykeeper_") for name in names)
