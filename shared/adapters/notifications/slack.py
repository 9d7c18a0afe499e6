"""Slack's incoming webhooks.

https://api.slack.com/messaging/webhooks
"""

import json
from collections.abc import Sequence

from shared.adapters.notifications.words import fitting, runbook_url, sentence, told_to_people
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification

LARGEST = 38_000
"""Bytes: Slack cuts a text after 40,000 characters."""


def body(news: Notification, runbook: str | None) -> bytes:
    """Return one message, of as many alerts as Slack takes."""
    return fitting([line(title, alert, runbook) for title, alert in told_to_people(news)], text, LARGEST)


def line(title: str, alert: Alert, runbook: str | None) -> str:
    link = "" if runbook is None else f" <{runbook_url(alert, runbook)}|Runbook>"
    return f"*{title}* {escaped(sentence(alert))}{link}"


def text(lines: Sequence[str], more: int) -> bytes:
    return json.dumps({"text": "\n".join([*lines, *([f"and {more} more"] if more else [])])}).encode()


def escaped(words: str) -> str:
    """Return words in which nothing is a link or a mention: some of them are a stranger's.

    https://api.slack.com/reference/surfaces/formatting#escaping
    """
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
