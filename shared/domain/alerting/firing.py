"""Which alerts should be firing, from what was seen now and at the watches before."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.alerting.alert import Alert, Condition, Key
from shared.domain.alerting.journal import WatchJournal
from shared.domain.alerting.life import RANKS
from shared.domain.alerting.observed import Observations
from shared.domain.alerting.of_blindness import of_blindness
from shared.domain.alerting.of_certificates import of_certificate
from shared.domain.alerting.of_estate import of_entries, of_policies, of_routes
from shared.domain.alerting.of_unauthenticated import of_offers
from shared.inventory import Inventory

INTERVALS = 3
"""How many intervals are kept."""


def conditions(
    observations: Observations, journal: WatchJournal, inventory: Inventory, now: datetime
) -> tuple[Condition, ...]:
    """Return everything that is wrong, each once, whether it is to be told yet or not."""
    errors = {name: record.error for name, record in journal.routes.items() if record.error is not None}
    found = [
        *(each for watched in observations.watched for each in of_certificate(watched, now)),
        *of_offers(observations, now),
        *of_policies(observations, now),
        *of_entries(observations, inventory, now),
        *of_blindness(observations, journal.sights, now),
        *of_routes(errors, inventory, observations.resting, now),
    ]
    if inventory.alerts.heartbeat.routes:
        found.append(heartbeat(now))
    return tuple(once(found).values())


def heartbeat(now: datetime) -> Condition:
    """The alert that always fires: where it ends, Relaykeeper has."""
    message = "Relaykeeper watches. While this alert fires, silence means that nothing is wrong."
    return Condition(Alert(name="Heartbeat", urgency="warning", message=message, since=now))


def once(found: Iterable[Condition]) -> dict[Key, Condition]:
    """Return each condition by what it is about: of several the most urgent."""
    kept: dict[Key, Condition] = {}
    for condition in found:
        other = kept.setdefault(condition.alert.key, condition)
        kept[condition.alert.key] = max(other, condition, key=lambda each: RANKS.index(each.alert.urgency))
    return kept


def watched_on(
    journal: WatchJournal, found: Iterable[Condition], unseen: frozenset[str], now: datetime
) -> WatchJournal:
    """Return the journal after this watch.

    A condition fires once it was seen for as long as its patience, and then until it is over. What is over only because
    what it relies on was not seen goes on as it was: blindness mends nothing. Nor does it use up patience.
    """
    fired = {alert.key for alert in journal.firing}
    seen = [dated(each, journal, now) for each in found if each.patience is not None or each.alert.key in fired]
    keys = {each.alert.key for each in seen}
    kept = [alert for alert in journal.conditions if alert.key not in keys and not unseen.isdisjoint(alert.relies_on)]
    interval = timedelta(0) if journal.at is None else max(now - journal.at, timedelta(0))
    waiting = [replace(alert, since=alert.since + interval) for alert in kept if alert.key not in fired]
    goes_on = [alert for alert in kept if alert.key in fired]
    return replace(
        journal,
        at=now,
        conditions=(*(each.alert for each in seen), *goes_on, *waiting),
        firing=(*(each.alert for each in seen if each.alert.key in fired or has_lasted(each, now)), *goes_on),
        intervals=() if journal.at is None else (*journal.intervals, interval)[-INTERVALS:],
    )


def dated(condition: Condition, journal: WatchJournal, now: datetime) -> Condition:
    """Return the condition since it was first seen, which cannot be later than now: clocks are set back."""
    since = next((alert.since for alert in journal.conditions if alert.key == condition.alert.key), now)
    return replace(condition, alert=replace(condition.alert, since=min(since, now)))


def has_lasted(condition: Condition, now: datetime) -> bool:
    return condition.patience is not None and now - condition.alert.since >= condition.patience
