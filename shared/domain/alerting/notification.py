"""What the watch remembers, and from it what to send to each route: what is new, what still fires, what is resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low

from shared.domain.alerting.alert import Alert
from shared.domain.status import FleetStatus
from shared.inventory import Alerts

SHORTEST_INTERVAL = timedelta(minutes=10)
LONGEST_INTERVAL = timedelta(days=1)
MISSED_WATCHES = 3
"""An alert ends by itself where that many watches in a row do not renew it."""


@dataclass(frozen=True, slots=True)
class SentAlert:
    """An alert as it was last sent to a route; `at`: when it was last new or a reminder, None if it may not have
    arrived."""

    alert: Alert
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """What a route knows; `error`: why it, or one of its URLs, did not accept the last notification."""

    sent: tuple[SentAlert, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WatchJournal:
    """`at`: when the last watch was; `timer`: when its timer last ran it, or, if that never did, when the first was.

    `conditions`: all that was wrong then; `firing`: those of them that are alerts.

    `status`: what it observed. `intervals`: the times between the last four watches. `woken`: what the places of a
    certificate lacked, by `relay@cluster`, when a worker was last asked to work on it; `woken_clients`: the same of
    clients.
    """

    schema: int = 1
    at: datetime | None = None
    timer: datetime | None = None
    conditions: tuple[Alert, ...] = ()
    firing: tuple[Alert, ...] = ()
    routes: Mapping[str, RouteRecord] = field(default_factory=dict)
    status: FleetStatus = field(default_factory=FleetStatus)
    intervals: tuple[timedelta, ...] = ()
    woken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    woken_clients: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def routes_told(alert: Alert, journal: WatchJournal) -> Mapping[str, datetime]:
    """Return the routes that know an alert with its present urgency, and when each was told last: of it as new, or by a
    reminder. A route that may not have got it is missing."""
    return {
        route: sent.at
        for route, record in journal.routes.items()
        for sent in record.sent
        if sent.at is not None and (sent.alert.key, sent.alert.urgency) == (alert.key, alert.urgency)
    }


@dataclass(frozen=True, slots=True)
class Notification:
    """What to send to a route at `now`.

    `firing`: all that fires for it, valid until `ends_at`; `ended`: alerts whose exact labels no longer fire, which
    includes those whose severity changed. For people: `new` (also a changed urgency or a reminder) and `resolved`.
    """

    firing: tuple[Alert, ...]
    ended: tuple[Alert, ...]
    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    now: datetime
    ends_at: datetime


def notification_for(
    route: str, alerts: Alerts, owners: Mapping[str, str], journal: WatchJournal, now: datetime
) -> Notification:
    """Compare what fires for a route with what it was sent. `owners` are the routes of clients' owners, by client."""
    sent = journal.routes.get(route, RouteRecord()).sent
    firing = [
        alert for alert in journal.firing if is_owner(route, owners, alert) or route_matches(route, alerts, alert)
    ]
    last, keys = {each.alert.key: each for each in sent}, {alert.key for alert in firing}
    labels = [alert.labels for alert in firing]
    return Notification(
        firing=tuple(firing),
        ended=tuple(each.alert for each in sent if each.alert.labels not in labels),
        new=tuple(alert for alert in firing if is_new(alert, last.get(alert.key), alerts.reminder, now)),
        resolved=tuple({each.alert.key: each.alert for each in sent if each.alert.key not in keys}.values()),
        now=now,
        ends_at=now + MISSED_WATCHES * expected_interval(journal.intervals),
    )


def is_owner(route: str, owners: Mapping[str, str], alert: Alert) -> bool:
    """Say whether an alert is about a client whose owner has this route: it gets it whatever its `match` says."""
    return alert.object.kind == "client" and owners.get(alert.object.name) == route


def route_matches(route: str, alerts: Alerts, alert: Alert) -> bool:
    """Say whether a route gets an alert: every label of the route's `match` that the alert has must be equal.

    The heartbeat goes only to the routes that the inventory names for it.
    """
    if alert.name == "Heartbeat":
        return route in alerts.heartbeat.routes
    labels = alert.labels
    return all(labels.get(label, value) == value for label, value in alerts.routes[route].match.items())


def is_new(alert: Alert, sent: SentAlert | None, reminder: timedelta, now: datetime) -> bool:
    """Say whether people are notified: of a new alert, a changed urgency, or after the reminder interval.

    A changed message alone does not notify. A time in the future was written by a wrong clock, and counts for nothing.
    """
    if sent is None or sent.at is None:
        return True
    return sent.alert.urgency != alert.urgency or not sent.at <= now < sent.at + reminder


def expected_interval(intervals: Sequence[timedelta]) -> timedelta:
    """Return when to expect the next watch. The median, because an outage makes one long interval and one short."""
    return min(max(median_low(intervals or [SHORTEST_INTERVAL]), SHORTEST_INTERVAL), LONGEST_INTERVAL)


def should_send(kind: str, notification: Notification) -> bool:
    """Say whether there is anything to send: to people only what is new or resolved, to an Alertmanager all that
    fires."""
    if notification.new or notification.resolved:
        return True
    return kind == "alertmanager" and bool(notification.firing or notification.ended)


def after_delivery(record: RouteRecord, notification: Notification) -> RouteRecord:
    """Return the record of a route that accepted the notification."""
    before = {each.alert.key: each.at for each in record.sent}
    new = {alert.key for alert in notification.new}
    return RouteRecord(
        tuple(
            SentAlert(alert, notification.now if alert.key in new else before[alert.key])
            for alert in notification.firing
        )
    )


def after_failure(record: RouteRecord, notification: Notification, error: str) -> RouteRecord:
    """Return the record of a route that did not accept the notification.

    One of its URLs may have accepted it, or the answer was lost: so what was new is sent again, and in the end that it
    is resolved.
    """
    known = [each.alert.labels for each in record.sent]
    unsure = (SentAlert(alert, None) for alert in notification.firing if alert.labels not in known)
    return RouteRecord((*record.sent, *unsure), error)
