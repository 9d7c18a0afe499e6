"""What to tell a route, from what should be firing and what it was told before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.journal import RouteRecord, Told, WatchJournal
from shared.inventory import Alerts

SHORTEST_INTERVAL = timedelta(minutes=10)
LONGEST_INTERVAL = timedelta(days=1)
MISSED = 3
"""An alert ends by itself where that many watches in a row do not renew it."""


@dataclass(frozen=True, slots=True)
class News:
    """What a route is told at `now`.

    `firing`: all that fires for it, to hold until `ends_at`; `ended`: labels under which nothing fires any more, be it
    for another severity. For people: `fresh` is new, changed, or to be called to mind; `over` is mended.
    """

    firing: tuple[Alert, ...]
    ended: tuple[Alert, ...]
    fresh: tuple[Alert, ...]
    over: tuple[Alert, ...]
    now: datetime
    ends_at: datetime


def news(name: str, alerts: Alerts, journal: WatchJournal, now: datetime) -> News:
    """Compare what should be firing for the route of this name with what it was told."""
    record = journal.routes.get(name, RouteRecord())
    wanted = [alert for alert in journal.firing if concerns(name, alerts, alert)]
    told, keys = {each.alert.key: each for each in record.told}, {alert.key for alert in wanted}
    labels = [alert.labels for alert in wanted]
    return News(
        firing=tuple(wanted),
        ended=tuple(each.alert for each in record.told if each.alert.labels not in labels),
        fresh=tuple(alert for alert in wanted if is_fresh(alert, told.get(alert.key), alerts.reminder, now)),
        over=tuple({each.alert.key: each.alert for each in record.told if each.alert.key not in keys}.values()),
        now=now,
        ends_at=now + MISSED * regular(journal.intervals),
    )


def regular(intervals: Sequence[timedelta]) -> timedelta:
    """Return when the next watch is to be expected: an outage makes one long interval, and a short one after it."""
    return min(max(median_low(intervals or [SHORTEST_INTERVAL]), SHORTEST_INTERVAL), LONGEST_INTERVAL)


def concerns(name: str, alerts: Alerts, alert: Alert) -> bool:
    """Say whether a route is told of an alert: each label that the alert has is as the route's `match` says.

    A heartbeat is only for those who were chosen to notice where it stops.
    """
    if alert.name == "Heartbeat":
        return name in alerts.heartbeat.routes
    labels = alert.labels
    return all(labels.get(label, value) == value for label, value in alerts.routes[name].match.items())


def is_fresh(alert: Alert, told: Told | None, reminder: timedelta, now: datetime) -> bool:
    """Say whether people are to be told: of what they do not know, or as if they had forgotten; words alone change.

    What they were told in the future they were told by a clock that was wrong.
    """
    if told is None or told.at is None:
        return True
    return told.alert.urgency != alert.urgency or not told.at <= now < told.at + reminder


def told(record: RouteRecord, news: News) -> RouteRecord:
    """Return the record of a route that took the news."""
    before = {each.alert.key: each.at for each in record.told}
    fresh = {alert.key for alert in news.fresh}
    return RouteRecord(
        tuple(Told(alert, news.now if alert.key in fresh else before[alert.key]) for alert in news.firing)
    )


def missed(record: RouteRecord, news: News, error: str) -> RouteRecord:
    """Return the record of a route that did not take the news: one of its URLs may have, or the answer was lost.

    So it is told again what was fresh, and in the end that it is over.
    """
    known = [each.alert.labels for each in record.told]
    perhaps = (Told(alert, None) for alert in news.firing if alert.labels not in known)
    return RouteRecord((*record.told, *perhaps), error)


def worth_telling(kind: str, news: News) -> bool:
    """Say whether there is anything to tell: people only what is new to them, an Alertmanager all that still holds."""
    return bool(news.fresh or news.over or (kind == "alertmanager" and (news.firing or news.ended)))
