"""Alertmanager's API v2: every alert that holds, until when; and those that ended.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

import json
from collections.abc import Mapping
from datetime import datetime

from shared.adapters.notices.words import annotations
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.news import News

PATH = "/api/v2/alerts"


def body(news: News, runbook: str | None) -> bytes:
    """Return the alerts. An alert whose labels changed ends under the old ones, or it would fire under both."""
    firing = [posted(alert, news.ends_at, runbook) for alert in news.firing]
    ended = [posted(alert, news.now, runbook) for alert in news.ended]
    return json.dumps([*firing, *ended]).encode()


def posted(alert: Alert, ends_at: datetime, runbook: str | None) -> Mapping[str, object]:
    """Return one alert; without `startsAt` it would begin when it ends."""
    return {
        "labels": alert.labels,
        "annotations": annotations(alert, runbook),
        "startsAt": alert.since.isoformat(),
        "endsAt": ends_at.isoformat(),
    }
