"""Teams Workflows, "When a Teams webhook request is received": an Adaptive Card.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

import json
from collections.abc import Mapping, Sequence

from shared.adapters.notices.words import fitting, runbook_url, sentence, told_to_people
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.news import News

LARGEST = 26_000
"""Bytes: Teams takes messages of up to 28 KB."""

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
COLOURS = {"WARNING": "warning", "CRITICAL": "attention", "PAGE": "attention", "RESOLVED": "good"}


def body(news: News, runbook: str | None) -> bytes:
    """Return one message with one card, of as many alerts as Teams takes."""
    return fitting([block(title, alert, runbook) for title, alert in told_to_people(news)], card, LARGEST)


def block(title: str, alert: Alert, runbook: str | None) -> Mapping[str, object]:
    """Return one alert as text runs, which know no Markdown: some of the words are a stranger's."""
    runs = [
        {"type": "TextRun", "text": f"{title} ", "weight": "bolder", "color": COLOURS[title]},
        {"type": "TextRun", "text": sentence(alert)},
    ]
    link = {"selectAction": {"type": "Action.OpenUrl", "url": runbook_url(alert, runbook)}} if runbook else {}
    more = [{"type": "TextRun", "text": " Runbook", **link}] if runbook else []
    return {"type": "RichTextBlock", "inlines": [*runs, *more], "separator": True}


def card(blocks: Sequence[Mapping[str, object]], more: int) -> bytes:
    rest = [{"type": "TextBlock", "text": f"and {more} more"}] if more else []
    content = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": [*blocks, *rest]}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return json.dumps({"type": "message", "attachments": [attachment]}).encode()
