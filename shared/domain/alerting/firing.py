"""Which alerts should be firing, from what was seen now and at the watches before."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.domain.alerting.alert import Alert, Condition, Key
from shared.domain.alerting.journal import WatchJournal
from shared.domain.alerting.life import more_urgent
from shared.domain.alerting.observed import Observations
from shared.domain.alerting.of_certificates import of_certificate
from shared.domain.alerting.of_estate import of_blindness, of_entries, of_routes
from shared.domain.alerting.of_unauthenticated import of_offers
from shared.domain.inventory import Inventory

INTERVALS = 2
"""How many intervals are kept."""


def conditions(
    observations: Observations, journal: WatchJournal, inventory: Inventory, now: datetime
) -> tuple[Condition, ...]:
    """Return everything that is wrong, each once, whether it is to be told yet or not."""
    errors = {name: record.error for name, record in journal.routes.items() if record.error is not None}
    found = [
        *(each for watched in observations.watched for each in of_certificate(watched, now)),
        *of_offers(observations, now),
        *of_entries(observations, inventory, now),
        *of_blindness(observations, now),
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
    """Return each condition by what it is about, as urgent as the most urgent of its like."""
    kept: dict[Key, Condition] = {}
    for condition in found:
        key = condition.alert.key
        first = kept.setdefault(key, condition)
        how = more_urgent(first.alert.urgency, condition.alert.urgency)
        kept[key] = replace(first, alert=replace(first.alert, urgency=how))
    return kept


def watched_on(
    journal: WatchJournal, found: Iterable[Condition], unseen: frozenset[str], now: datetime
) -> WatchJournal:
    """Return the journal after this watch.

    A condition fires once it was seen for as long as its patience. An alert that is over only because what it relies
    on was not seen goes on as it was: blindness mends nothing.
    """
    since = {alert.key: alert.since for alert in journal.conditions}
    seen = [replace(each, alert=replace(each.alert, since=since.get(each.alert.key, now))) for each in found]
    keys = {each.alert.key for each in seen}
    kept = [alert for alert in journal.firing if alert.key not in keys and not unseen.isdisjoint(alert.relies_on)]
    firing = [each.alert for each in seen if now - each.alert.since >= each.patience]
    interval = () if journal.at is None else (now - journal.at,)
    return replace(
        journal,
        at=now,
        conditions=(*(each.alert for each in seen), *kept),
        firing=(*firing, *kept),
        intervals=(*journal.intervals, *interval)[-INTERVALS:],
    )
