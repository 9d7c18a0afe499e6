"""What an alert is about is said on one line, without what it does not concern."""

from typing import Any

import pytest

from shared.domain.alerting.alert import Alert
from tests.fakes.inventory import NOW


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"certificate": "a", "service": "dev", "cluster": "ss-dev-00"}, "WatchBlind: a at dev@ss-dev-00"),
        ({"certificate": "a", "service": "dev", "detail": "mx:25"}, "WatchBlind: a mx:25 at dev"),
        ({"certificate": "a"}, "WatchBlind: a"),
        ({"detail": "vault dev"}, "WatchBlind: vault dev"),
        ({}, "WatchBlind"),
    ],
)
def test_a_summary_names_what_is_concerned(fields: dict[str, Any], summary: str) -> None:
    assert Alert(name="WatchBlind", urgency="warning", message="m", since=NOW, **fields).summary == summary
