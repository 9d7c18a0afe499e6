"""Any other receiver: JSON, signed with a key that both know (HMAC, RFC 2104, with SHA-256)."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from shared.adapters.notifications.words import annotations
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification

MOST_ALERTS = 500


def body(news: Notification, runbook: str | None) -> bytes:
    """Return what is new and what is over, an alert each; `left_out` counts those for which there was no room."""
    alerts = [
        *(told("firing", alert, runbook) for alert in news.new),
        *(told("resolved", alert, runbook) for alert in news.resolved),
    ]
    shown = alerts[:MOST_ALERTS]
    return json.dumps({"version": 1, "alerts": shown, "left_out": len(alerts) - len(shown)}).encode()


def told(status: str, alert: Alert, runbook: str | None) -> Mapping[str, object]:
    return {
        "status": status,
        "labels": alert.labels,
        "annotations": annotations(alert, runbook),
        "startsAt": alert.since.isoformat(),
    }


def signature(content: bytes, key: str, news: Notification) -> Mapping[str, str]:
    """Return the headers that prove who wrote it, and when, so that it cannot be told again later."""
    timestamp = str(int(news.now.timestamp()))
    digest = hmac.new(key.encode(), f"{timestamp}.".encode() + content, hashlib.sha256).hexdigest()
    return {"X-Relaykeeper-Timestamp": timestamp, "X-Relaykeeper-Signature": f"sha256={digest}"}
