"""What an alert is about is said on one line, without what it does not concern."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.alerting.alert import Alert
from shared.domain.object_ref import ObjectRef, certificate_ref
from tests.fakes.inventory import NOW

A = certificate_ref("a")
DEV = ObjectRef("relay", "dev")


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"object": A, "relay": "dev", "cluster": "ss-dev-00"}, "WatchBlind: certificate/a at dev@ss-dev-00"),
        ({"object": A, "relay": "dev", "detail": "mx:25"}, "WatchBlind: certificate/a mx:25 at dev"),
        ({"object": A}, "WatchBlind: certificate/a"),
        ({"object": DEV, "relay": "dev", "cluster": "ss-dev-00"}, "WatchBlind: at dev@ss-dev-00"),
        ({"object": ObjectRef("cluster", "ss-dev-00")}, "WatchBlind: cluster/ss-dev-00"),
        ({"detail": "vault dev"}, "WatchBlind: vault dev"),
        ({}, "WatchBlind"),
    ],
)
def test_a_summary_names_what_is_concerned(fields: dict[str, Any], summary: str) -> None:
    assert Alert(name="WatchBlind", urgency="warning", message="m", since=NOW, **fields).summary == summary


def test_a_reason_that_changes_does_not_make_another_alert() -> None:
    alert = Alert(name="HeldTooLong", urgency="warning", message="m", since=NOW, object=A, reason="HeldByPause")
    other = replace(alert, reason="HeldByWindow")
    assert (other.key, other.labels) == (alert.key, alert.labels)


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({}, {"service": "relaykeeper"}),
        ({"object": A}, {"service": "relaykeeper", "certificate": "a"}),
        ({"object": A, "relay": "dev", "cluster": "c"}, {"service": "dev", "cluster": "c", "certificate": "a"}),
        ({"object": DEV, "relay": "dev", "cluster": "c"}, {"service": "dev", "cluster": "c"}),
        ({"object": ObjectRef("cluster", "c")}, {"service": "relaykeeper", "cluster": "c"}),
        ({"object": ObjectRef("vault", "v"), "detail": "d"}, {"service": "relaykeeper", "vault": "v", "subject": "d"}),
    ],
)
def test_the_object_is_a_label_by_its_kind(fields: dict[str, Any], labels: dict[str, str]) -> None:
    alert = Alert(name="WatchBlind", urgency="warning", message="m", since=NOW, **fields)
    assert alert.labels == {"alertname": "WatchBlind", "severity": "warning", **labels}
