"""An alert as every receiver gets it: annotations, and lines for people."""

from collections.abc import Callable, Mapping, Sequence

from shared.domain.alerting.alert import RANKS, Alert
from shared.domain.alerting.notification import Notification
from shared.text import printable_line

LONGEST_MESSAGE = 2000
MOST_BLOCKS = 20
"""Alerts in one message to people: what is more is counted."""


def annotations(alert: Alert, runbook: str | None) -> Mapping[str, str]:
    """Return `message`, `summary` and, where the runbook can be read, `runbook_url`."""
    return {"message": message(alert), "summary": alert.summary} | (
        {} if runbook is None else {"runbook_url": runbook_url(alert, runbook)}
    )


def runbook_url(alert: Alert, runbook: str) -> str:
    return f"{runbook}#{alert.name.lower()}"


def message(alert: Alert) -> str:
    """Return the alert's message on one printable line: some of its words are a stranger's."""
    return printable_line(alert.message, LONGEST_MESSAGE)


def sentence(alert: Alert) -> str:
    """Return what people read, who see no labels: which alert it is, since when, and its message."""
    return f"{alert.name} (since {alert.since:%Y-%m-%d %H:%M} UTC): {message(alert)}"


def told_to_people(news: Notification) -> list[tuple[str, Alert]]:
    """Return what is new with its heading, the most urgent first, then what is over."""
    fresh = sorted(news.new, key=lambda alert: RANKS.index(alert.urgency), reverse=True)
    return [*((alert.urgency.upper(), alert) for alert in fresh), *(("RESOLVED", alert) for alert in news.resolved)]


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
