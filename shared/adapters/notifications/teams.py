"""Teams Workflows, "When a Teams webhook request is received": an Adaptive Card.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

import json
import re
from collections.abc import Mapping, Sequence

from shared.adapters.notifications.words import fitting, runbook_url, sentence, told_to_people
from shared.domain.alerting.alert import Alert
from shared.domain.alerting.notification import Notification

LARGEST = 25_600
"""Bytes of a message as Teams counts them: it takes 28,672, and the Workflow adds properties of its own."""

LONGEST_SENTENCE = 8_000
"""Bytes of one alert's sentence, counted likewise."""

ESCAPED_BY_DOTNET = re.compile(r"[<>&'+`]")
ESCAPE = len(r"\\u003C") - 1
"""What System.Text.Json escapes besides, and by how many bytes the text of a text grows with each."""

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
COLOURS = {"WARNING": "warning", "CRITICAL": "attention", "PAGE": "attention", "RESOLVED": "good"}


def body(news: Notification, runbook: str | None) -> bytes:
    """Return one message with one card, of as many alerts as Teams takes."""
    blocks = [block(title, alert, runbook) for title, alert in told_to_people(news)]
    return fitting(blocks, card, LARGEST, size_encoded_again)


def size_encoded_again(content: bytes) -> int:
    """Return at most how many bytes Teams counts for a message.

    The Workflow puts the card, as text, into a property of a message, and encodes that once more: each quotation mark
    and each backslash takes two bytes then. (24,453 bytes sent became 28,897, and were lost after a 202:
    https://github.com/MicrosoftDocs/msteams-docs/issues/11274.) Text beyond ASCII, and what .NET escapes by default,
    counts as its escape, a backslash longer.
    """
    text = content.decode()
    return len(json.dumps(text)) + ESCAPE * len(ESCAPED_BY_DOTNET.findall(text))


def fitting_sentence(alert: Alert) -> str:
    """Return the alert's sentence, cut where its characters need many bytes: an emoji takes fourteen."""
    words = sentence(alert)
    if size_encoded_again(json.dumps(words).encode()) <= LONGEST_SENTENCE:
        return words
    while size_encoded_again(json.dumps(words).encode()) > LONGEST_SENTENCE:
        words = words[: len(words) * 9 // 10]
    return f"{words}..."


def block(title: str, alert: Alert, runbook: str | None) -> Mapping[str, object]:
    """Return one alert as text runs, which know no Markdown: some of the words are a stranger's."""
    runs = [
        {"type": "TextRun", "text": f"{title} ", "weight": "bolder", "color": COLOURS[title]},
        {"type": "TextRun", "text": fitting_sentence(alert)},
    ]
    link = {"selectAction": {"type": "Action.OpenUrl", "url": runbook_url(alert, runbook)}} if runbook else {}
    more = [{"type": "TextRun", "text": " Runbook", **link}] if runbook else []
    return {"type": "RichTextBlock", "inlines": [*runs, *more], "separator": True}


def card(blocks: Sequence[Mapping[str, object]], more: int) -> bytes:
    rest = [{"type": "TextBlock", "text": f"and {more} more"}] if more else []
    content = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": [*blocks, *rest]}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return json.dumps({"type": "message", "attachments": [attachment]}).encode()
