"""Which alerts fire, from what this watch observed and what the watches before did."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.alerting.alert import RANKS, AlertKey, Condition
from shared.domain.alerting.certificate_conditions import certificate_conditions
from shared.domain.alerting.client_conditions import client_conditions
from shared.domain.alerting.login_conditions import login_conditions
from shared.domain.alerting.notification import WatchJournal
from shared.domain.alerting.place_conditions import unreachable_conditions
from shared.domain.alerting.relay_conditions import relay_conditions
from shared.domain.alerting.self_conditions import lost_conditions, self_conditions
from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import AnyClientPlaceObservation, ClientPlaceObservation
from shared.domain.observation import Observation
from shared.domain.report import FleetReport, served_leaves, suspended
from shared.domain.serving.open_relay import judge_reply
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.served import askable, expected_replicas
from shared.domain.sources import (
    client_journal_source,
    client_source,
    clients_source,
    endpoints_source,
    open_relay_source,
    place_logins_source,
    place_source,
    plaintext_source,
    policy_source,
    served_source,
)
from shared.inventory import Inventory, Place

INTERVALS_KEPT = 3


def all_conditions(
    report: FleetReport, journal: WatchJournal, inventory: Inventory, now: datetime
) -> tuple[Condition, ...]:
    """Return everything that is wrong, each once, whether it fires yet or not."""
    fleet = report.certificates
    route_errors = {name: record.error for name, record in journal.routes.items() if record.error is not None}
    found = [
        *(condition for each in fleet for condition in certificate_conditions(each, fleet, now)),
        *unreachable_conditions(report, journal.status, now),
        *relay_conditions(report, now),
        *client_conditions(report, inventory, now),
        *login_conditions(report, inventory, now),
        *self_conditions(report, route_errors, inventory, now),
        *lost_conditions(journal.status, inventory, now),
    ]
    return tuple(dedupe(found).values())


def dedupe(found: Iterable[Condition]) -> dict[AlertKey, Condition]:
    """Return each condition by its key: the most urgent of several."""
    kept: dict[AlertKey, Condition] = {}
    for condition in found:
        other = kept.setdefault(condition.alert.key, condition)
        kept[condition.alert.key] = max(other, condition, key=lambda each: RANKS.index(each.alert.urgency))
    return kept


def advance(journal: WatchJournal, found: Iterable[Condition], missing: frozenset[str], now: datetime) -> WatchJournal:
    """Return the journal after a watch that found these conditions and could not read the sources in `missing`.

    A condition fires once it has lasted for its `pending_for`, and then until it is over. It is not over where a source
    that it depends on could not be read; and the time in which it could not be read does not count as lasting.
    """
    fired = {alert.key for alert in journal.firing}
    present = [
        with_since(each, journal, now) for each in found if each.pending_for is not None or each.alert.key in fired
    ]
    keys = {each.alert.key for each in present}
    kept = [alert for alert in journal.conditions if alert.key not in keys and not missing.isdisjoint(alert.depends_on)]
    interval = timedelta(0) if journal.at is None else max(now - journal.at, timedelta(0))
    pending = [replace(alert, since=alert.since + interval) for alert in kept if alert.key not in fired]
    still_firing = [alert for alert in kept if alert.key in fired]
    return replace(
        journal,
        at=now,
        conditions=(*(each.alert for each in present), *still_firing, *pending),
        firing=(*(each.alert for each in present if each.alert.key in fired or has_lasted(each, now)), *still_firing),
        intervals=() if journal.at is None else (*journal.intervals, interval)[-INTERVALS_KEPT:],
    )


def with_since(condition: Condition, journal: WatchJournal, now: datetime) -> Condition:
    """Return the condition with the time of its first observation: never in the future, as clocks are set back."""
    since = next((alert.since for alert in journal.conditions if alert.key == condition.alert.key), now)
    return replace(condition, alert=replace(condition.alert, since=min(since, now)))


def has_lasted(condition: Condition, now: datetime) -> bool:
    return condition.pending_for is not None and now - condition.alert.since >= condition.pending_for


def missing_sources(report: FleetReport) -> frozenset[str]:
    """Return the sources that could not be read and are expected back: no alert that depends on one is over.

    A suspended cluster is not expected back.
    """
    missing = {name for each in report.certificates for name in missing_of_certificate(each.observation)}
    missing -= {policy_source(cluster) for cluster in report.policies}
    missing |= {name for each in report.clients for name in missing_of_client(each, report)}
    missing |= {
        name for place, there in report.client_places.items() for name in missing_of_place(place, there, report)
    }
    for place, offers in report.open_relay_results.items():
        source = open_relay_source(place)
        missing = missing - {source} if judge_reply(offers) else missing | {source}
    return frozenset(missing.union(report.read_errors))


def missing_of_certificate(observation: Observation) -> Iterator[str]:
    certificate = observation.certificate
    yield from observation.read_errors
    if observation.version_error is not None:
        yield observation.source
    if observation.source in observation.read_errors:
        yield from (observation.journal_source, endpoints_source(certificate.name))
    for place, there in observation.places.items():
        if isinstance(there, PlaceObservation):
            unclear = any(answer.inconclusive for answer in askable(there.probe_results))
            if expected_replicas(there) and (unclear or not served_leaves(there)):
                yield served_source(certificate, place)
        elif isinstance(there, Unreachable) or not suspended(place, observation.at):
            yield from (place_source(certificate, place), served_source(certificate, place), open_relay_source(place))
            yield policy_source(place.cluster)
    if all_asleep(observation):
        yield endpoints_source(certificate.name)


def missing_of_client(assessed: ClientAssessment, report: FleetReport) -> Iterator[str]:
    """Yield what could not be read of one client: all of it, if something of it could not be judged at a place."""
    name, errors = assessed.client.name, assessed.observation.read_errors
    yield from errors
    unjudged = any(
        isinstance(each.there, Unreachable) and isinstance(report.client_places.get(place), ClientPlaceObservation)
        for place, each in assessed.places.items()
    )
    if unjudged or client_source(name) in errors:
        yield from (client_source(name), client_journal_source(name))


def missing_of_place(place: Place, there: AnyClientPlaceObservation, report: FleetReport) -> Iterator[str]:
    """Yield what could not be read of the clients at a place; a suspended cluster is not expected back."""
    if not isinstance(there, ClientPlaceObservation):
        if there.reason != "ClusterSuspended":
            yield from (clients_source(place), place_logins_source(place), plaintext_source(place))
    elif not (results := report.plaintext_results.get(place, ())) or any(each.failure for each in results):
        yield plaintext_source(place)


def all_asleep(observation: Observation) -> bool:
    """Say whether every place is offline and comes back by itself: then its public endpoints are not probed."""
    places = observation.places.items()
    return bool(places) and all(
        isinstance(there, ExpectedOffline) and not suspended(place, observation.at) for place, there in places
    )
