"""How each kind of receiver wants its notifications: Alertmanager, Slack, Teams, any other webhook."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from shared.domain.alerting.alert import RANKS, Alert, runbook_url
from shared.domain.alerting.notification import Notification
from shared.text import printable_line

LONGEST_MESSAGE = 2000
"""Characters of an alert's message."""
MOST_BLOCKS = 20
"""Alerts in one message to people; the others are counted."""

ALERTMANAGER_PATH = "/api/v2/alerts"
CLOCKS_APART = timedelta(minutes=2)
"""How far Alertmanager's clock may be behind ours: an end that lies ahead of it counts for none, and the end that it
had before stays."""

LARGEST_FOR_SLACK = 38_000
"""Bytes: Slack cuts a text after 40,000 characters."""

LARGEST_FOR_TEAMS = 25_600
"""Bytes of a message as Teams counts them: it takes 28,672, and the Workflow adds properties of its own."""
LONGEST_SENTENCE = 8_000
"""Bytes of one alert's sentence, counted likewise."""
ESCAPED_BY_DOTNET = re.compile(r"[<>&'+`]")
ESCAPE = len(r"\\u003C") - 1
"""What System.Text.Json escapes besides, and by how many bytes the text of a text grows with each."""
CARD_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
COLOURS = {"WARNING": "warning", "CRITICAL": "attention", "PAGE": "attention", "RESOLVED": "good"}

MOST_ALERTS = 500
"""In one message to a webhook."""


def alertmanager_body(notification: Notification, runbook: str | None) -> bytes:
    """Return every alert that fires, until when, and those that ended, for Alertmanager's API v2.

    An alert whose labels changed ends under the old ones, or it would fire under both.
    https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
    """
    firing = [postable_alert(alert, notification.ends_at, runbook) for alert in notification.firing]
    ended = [postable_alert(alert, notification.now - CLOCKS_APART, runbook) for alert in notification.ended]
    return json.dumps([*firing, *ended]).encode()


def postable_alert(alert: Alert, ends_at: datetime, runbook: str | None) -> Mapping[str, object]:
    """Return one alert; without `startsAt` it would begin when it ends, and it must not begin later."""
    return {
        "labels": alert.labels,
        "annotations": annotations(alert, runbook),
        "startsAt": min(alert.since, ends_at).isoformat(),
        "endsAt": ends_at.isoformat(),
    }


def slack_body(notification: Notification, runbook: str | None) -> bytes:
    """Return one message, of as many alerts as Slack takes, for an incoming webhook.

    https://api.slack.com/messaging/webhooks
    """

    def line(title: str, alert: Alert) -> str:
        link = "" if runbook is None else f" <{runbook_url(alert, runbook)}|Runbook>"
        return f"*{title}* {escape_for_slack(alert_sentence(alert))}{link}"

    def text(lines: Sequence[str], more: int) -> bytes:
        return json.dumps({"text": "\n".join([*lines, *([f"and {more} more"] if more else [])])}).encode()

    return fitting([line(title, alert) for title, alert in titled(notification)], text, LARGEST_FOR_SLACK)


def escape_for_slack(text: str) -> str:
    """Return text in which nothing is a link or a mention: alerts quote other systems.

    https://api.slack.com/reference/surfaces/formatting#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams_body(notification: Notification, runbook: str | None) -> bytes:
    """Return one message with one Adaptive Card, of as many alerts as Teams takes.

    For the Workflow "When a Teams webhook request is received":
    https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    """
    blocks = [card_block(title, alert, runbook) for title, alert in titled(notification)]
    return fitting(blocks, card, LARGEST_FOR_TEAMS, size_for_teams)


def card(blocks: Sequence[Mapping[str, object]], more: int) -> bytes:
    rest = [{"type": "TextBlock", "text": f"and {more} more"}] if more else []
    content = {"$schema": CARD_SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": [*blocks, *rest]}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return json.dumps({"type": "message", "attachments": [attachment]}).encode()


def card_block(title: str, alert: Alert, runbook: str | None) -> Mapping[str, object]:
    """Return one alert as text runs, which know no Markdown: alerts quote other systems."""
    runs = [
        {"type": "TextRun", "text": f"{title} ", "weight": "bolder", "color": COLOURS[title]},
        {"type": "TextRun", "text": sentence_for_teams(alert)},
    ]
    link = {"selectAction": {"type": "Action.OpenUrl", "url": runbook_url(alert, runbook)}} if runbook else {}
    more = [{"type": "TextRun", "text": " Runbook", **link}] if runbook else []
    return {"type": "RichTextBlock", "inlines": [*runs, *more], "separator": True}


def sentence_for_teams(alert: Alert) -> str:
    """Return the alert's sentence, cut where its characters need many bytes: an emoji takes fourteen."""
    text = alert_sentence(alert)
    if size_for_teams(json.dumps(text).encode()) <= LONGEST_SENTENCE:
        return text
    while size_for_teams(json.dumps(text).encode()) > LONGEST_SENTENCE:
        text = text[: len(text) * 9 // 10]
    return f"{text}..."


def size_for_teams(content: bytes) -> int:
    """Return at most how many bytes Teams counts for a message.

    The Workflow puts the card, as text, into a property of a message, and encodes that once more: each quotation mark
    and each backslash takes two bytes then. (24,453 bytes sent became 28,897, and were lost after a 202:
    https://github.com/MicrosoftDocs/msteams-docs/issues/11274.) Text beyond ASCII, and what .NET escapes by default,
    counts as its escape, a backslash longer.
    """
    text = content.decode()
    return len(json.dumps(text)) + ESCAPE * len(ESCAPED_BY_DOTNET.findall(text))


def webhook_body(notification: Notification, runbook: str | None) -> bytes:
    """Return what is new and what is over, an alert each; `left_out` counts those for which there was no room."""
    alerts = [
        *(("firing", alert) for alert in notification.new),
        *(("resolved", alert) for alert in notification.resolved),
    ]
    shown = [
        {
            "status": status,
            "object": str(alert.object),
            "labels": alert.labels,
            "annotations": annotations(alert, runbook),
            "startsAt": alert.since.isoformat(),
        }
        for status, alert in alerts[:MOST_ALERTS]
    ]
    return json.dumps({"version": 1, "alerts": shown, "left_out": len(alerts) - len(shown)}).encode()


def webhook_signature(content: bytes, key: str, notification: Notification) -> Mapping[str, str]:
    """Return the headers that prove who wrote it (HMAC with SHA-256, RFC 2104), and when, against replays."""
    timestamp = str(int(notification.now.timestamp()))
    digest = hmac.new(key.encode(), f"{timestamp}.".encode() + content, hashlib.sha256).hexdigest()
    return {"X-Relaykeeper-Timestamp": timestamp, "X-Relaykeeper-Signature": f"sha256={digest}"}


def annotations(alert: Alert, runbook: str | None) -> Mapping[str, str]:
    """Return `message`, `summary`, the machine `reason` if there is one, and `runbook_url` if the inventory names a
    runbook."""
    reason = {"reason": alert.reason} if alert.reason else {}
    url = {} if runbook is None else {"runbook_url": runbook_url(alert, runbook)}
    return {"message": printable_line(alert.message, LONGEST_MESSAGE), "summary": alert.summary, **reason, **url}


def alert_sentence(alert: Alert) -> str:
    """Return what people read, who see no labels: which alert it is, since when, and its message."""
    message = printable_line(alert.message, LONGEST_MESSAGE)
    return f"{alert.name} (since {alert.since:%Y-%m-%d %H:%M} UTC): {message}"


def titled(notification: Notification) -> list[tuple[str, Alert]]:
    """Return what is new with its title, the most urgent first, then what is over."""
    new = sorted(notification.new, key=lambda alert: RANKS.index(alert.urgency), reverse=True)
    return [
        *((alert.urgency.upper(), alert) for alert in new),
        *(("RESOLVED", alert) for alert in notification.resolved),
    ]


def fitting[T](
    blocks: Sequence[T],
    laid_out: Callable[[Sequence[T], int], bytes],
    largest: int,
    size: Callable[[bytes], int] = len,
) -> bytes:
    """Lay out as many blocks as fit into `largest` bytes by the receiver's `size`, and how many there are besides."""
    for shown in range(min(len(blocks), MOST_BLOCKS), 0, -1):
        if size(content := laid_out(blocks[:shown], len(blocks) - shown)) <= largest:
            return content
    return laid_out((), len(blocks))
