"""Alertmanager's API v2: every alert that holds, until when; and those that ended.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.adapters.notifications.words import annotations
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification

PATH = "/api/v2/alerts"

CLOCKS_APART = timedelta(minutes=2)
"""How far its clock may be behind ours: it takes an end that lies ahead of it for none, and keeps the one it had."""


def body(news: Notification, runbook: str | None) -> bytes:
    """Return the alerts. An alert whose labels changed ends under the old ones, or it would fire under both."""
    firing = [posted(alert, news.ends_at, runbook) for alert in news.firing]
    ended = [posted(alert, news.now - CLOCKS_APART, runbook) for alert in news.ended]
    return json.dumps([*firing, *ended]).encode()


def posted(alert: Alert, ends_at: datetime, runbook: str | None) -> Mapping[str, object]:
    """Return one alert; without `startsAt` it would begin when it ends, and it must not begin later."""
    return {
        "labels": alert.labels,
        "annotations": annotations(alert, runbook),
        "startsAt": min(alert.since, ends_at).isoformat(),
        "endsAt": ends_at.isoformat(),
    }
