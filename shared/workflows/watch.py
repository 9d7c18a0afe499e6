"""Watch what is stored and what is served, and say what is wrong.

It depends on no renewal and changes nothing itself; for what a worker can repair it sends a message.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.alerting.alert import Alert
from shared.domain.alerting.evaluate import advance, all_conditions, missing_sources
from shared.domain.alerting.notification import (
    Notification,
    RouteRecord,
    WatchJournal,
    after_delivery,
    after_failure,
    notification_for,
    should_send,
)
from shared.domain.audit import Trigger
from shared.domain.object_ref import ObjectRef, certificate_ref, client_ref
from shared.domain.report import FleetReport
from shared.domain.sources import (
    TICKS_SOURCE,
    clients_source,
    logins_source,
    open_relay_source,
    plaintext_source,
    policy_source,
    vault_source,
)
from shared.domain.status import next_status
from shared.domain.wake_ups import Repairs, causes_to_wake, next_client_repairs, next_repairs
from shared.errors import LeaseTaken, PermanentError, TransientError, Unforeseen
from shared.guard import guard
from shared.inventory import Inventory
from shared.ports import Lease, Ports
from shared.workflows.audit import audit_record
from shared.workflows.enqueue import wake
from shared.workflows.observe import OBSERVATION_TIME
from shared.workflows.observe_clients import judgeable_client
from shared.workflows.observe_fleet import judgeable, observe_fleet, with_open_relay_checks, with_policies
from shared.workflows.pauses import wake_after_pauses
from shared.workflows.prove_logins import with_logins, with_plaintext_checks
from shared.workflows.timers import TICKS, tick_state, watch_state

log = logging.getLogger("relaykeeper.watch")

LEVELS = {"warning": logging.WARNING, "critical": logging.ERROR}

ALERTS = "alerts"
"""The name of the one journal."""

PARTS: Mapping[str, Callable[[Any], str]] = {
    "client_places": clients_source,
    "entries": vault_source,
    "open_relay_results": open_relay_source,
    "policies": policy_source,
    "plaintext_results": plaintext_source,
    "logins": logins_source,
}
"""What is seen besides certificates and clients, by the field of FleetReport, and the name of each as a source."""

TEST_DURATION = timedelta(minutes=5)
"""How long it fires where alerts end by themselves."""


def watch(ports: Ports, correlation: str = "watch", *, by_timer: bool = True) -> bool:
    """Observe everything, then notify each route of what is new to it. A route that fails is reported by the others.
    Return False where another watch is under way, which does the same. `by_timer`: our own timer has fired.

    What a worker can repair at once is asked for, by messages that have this `correlation`. Raises LeaseLost if another
    watch took over; TransientError or PermanentError if the journal cannot be read.
    """
    until = ports.clock.now() + OBSERVATION_TIME
    observations = with_open_relay_checks(with_policies(observe_fleet(ports), ports), ports)
    observations = with_plaintext_checks(with_logins(observations, until, ports), until, ports)
    try:
        with ports.state.watch.lease(ALERTS) as lease:
            before, now = lease.journal, ports.clock.now()
            timer = now if by_timer else before.timer or before.at or now
            observations = with_timers(only_judgeable(observations, before, ports, now), before, timer, ports)
            journal = replace(next_journal(before, observations, ports.inventory, now), timer=timer)
            lease.write(journal)
            log_changes(before, journal)
            notify_all(lease, observations.clusters_offline, ports)
            wake_workers(lease, observations, correlation, ports)
            if before.at is not None:
                wake_what_was_paused(before.at, correlation, ports)
    except LeaseTaken:
        log.info("another watch is under way")
        return False
    return True


def with_timers(report: FleetReport, before: WatchJournal, timer: datetime, ports: Ports) -> FleetReport:
    """Add when the timers fired last, the watch's at `timer`; that of the tick only where it can be read."""
    timers, errors = [watch_state(replace(before, timer=timer), ports)], dict(report.read_errors)
    try:
        with guard("reading when the last tick was"):
            timers.append(tick_state(ports.state.ticks.read(TICKS), ports))
    except (TransientError, PermanentError) as failure:
        errors[TICKS_SOURCE] = str(failure)
    return replace(report, timers=tuple(timers), read_errors=errors)


def only_judgeable(observations: FleetReport, before: WatchJournal, ports: Ports, now: datetime) -> FleetReport:
    """Return the observations without what cannot be judged, which counts as not seen."""

    def judge(**seen: Any) -> WatchJournal:
        found = FleetReport(**seen)
        next_repairs(before.woken, found.certificates)
        next_client_repairs(before.woken_clients, found.clients)
        return next_journal(before, found, ports.inventory, now)

    unread, kept = dict(observations.read_errors), dict[str, Any]()
    clients = tuple(
        judgeable_client(each.observation, lambda one: judge(clients=(one,))) for each in observations.clients
    )
    for part, called in PARTS.items():
        kept[part] = dict(getattr(observations, part))
        for each, seen in getattr(observations, part).items():
            try:
                with guard(f"judging {called(each)}"):
                    judge(**{"client_places": kept["client_places"], "clients": clients, part: {each: seen}})
            except Unforeseen as failure:
                del kept[part][each]
                unread[called(each)] = str(failure)
    watched = tuple(
        judgeable(each.observation, lambda one: judge(certificates=(one,))) for each in observations.certificates
    )
    return replace(observations, certificates=watched, clients=clients, read_errors=unread, **kept)


def next_journal(before: WatchJournal, observations: FleetReport, inventory: Inventory, now: datetime) -> WatchJournal:
    """Return the journal after this watch, before any route is notified."""
    found = all_conditions(observations, before, inventory, now)
    journal = advance(before, found, missing_sources(observations), now)
    routes = {name: before.routes.get(name, RouteRecord()) for name in inventory.alerts.routes}
    return replace(journal, routes=routes, status=next_status(before.status, observations, inventory))


def wake_workers(lease: Lease[WatchJournal], observations: FleetReport, correlation: str, ports: Ports) -> None:
    """Ask for a look at each certificate and client whose Secret at some place lacks what we may write, once for each
    change.

    Where that fails the journal does not say so, and the next watch asks again.
    """
    before, before_clients = lease.journal.woken, lease.journal.woken_clients
    after = next_repairs(before, observations.certificates)
    after_clients = next_client_repairs(before_clients, observations.clients)
    certificates = causes_to_wake(before, after, certificate_ref)
    clients = causes_to_wake(before_clients, after_clients, client_ref)
    sent = wake({**certificates, **clients}, correlation, ports)
    woken = with_unsent(before, after, certificates.keys() - sent)
    woken_clients = with_unsent(before_clients, after_clients, clients.keys() - sent)
    if (woken, woken_clients) != (before, before_clients):
        lease.write(replace(lease.journal, woken=woken, woken_clients=woken_clients))


def with_unsent(before: Repairs, after: Repairs, unsent: Iterable[ObjectRef]) -> Repairs:
    return {**after, **{each.name: before.get(each.name, {}) for each in unsent}}


def wake_what_was_paused(since: datetime, correlation: str, ports: Ports) -> None:
    """Ask for a look at what a pause held that has ended since the watch before; else the next tick looks."""
    try:
        with guard("waking what was paused"):
            wake_after_pauses(since, correlation, ports)
    except (TransientError, PermanentError) as failure:
        log.error("what was paused waits for the next tick: %s", failure)


def log_changes(before: WatchJournal, after: WatchJournal) -> None:
    """Log each alert when it begins to fire, and when it is over."""
    known, still = {alert.key for alert in before.firing}, {alert.key for alert in after.firing}
    for alert in after.firing:
        if alert.key not in known:
            log.log(LEVELS[alert.severity], "%s: %s", alert.name, alert.message)
    for alert in before.firing:
        if alert.key not in still:
            log.info("%s is over: %s", alert.name, alert.message)


def notify_all(lease: Lease[WatchJournal], offline: frozenset[str], ports: Ports) -> None:
    """Notify every route, then ping the heartbeat, unless no route took what it was sent.

    Routes that failed last time come last, so that no other waits for them. Those into a cluster that is expected to
    be offline need not take anything.
    """
    routes = ports.inventory.alerts.routes
    failed_last = sorted(routes, key=lambda name: lease.journal.routes[name].error is not None)
    taken = {name: notify(name, lease, ports) for name in failed_last}
    awaited = [name for name in routes if routes[name].match.get("cluster") not in offline]
    url = ports.inventory.alerts.heartbeat.ping
    if url is None or (awaited and not any(taken.values())):
        return
    lease.renew()
    try:
        ports.notifier.ping(url)
    except (TransientError, PermanentError) as failure:
        log.error("%s", failure)


def notify(name: str, lease: Lease[WatchJournal], ports: Ports) -> bool:
    """Notify one route, and record what it knows now; return whether it works."""
    alerts = ports.inventory.alerts
    record = lease.journal.routes[name]
    try:
        with guard(f"notifying route {name}"):
            said = notification_for(name, alerts, ports.inventory.owner_routes, lease.journal, ports.clock.now())
            worth = should_send(alerts.routes[name].kind, said)
            now_known = send_notification(name, said, record, lease, ports) if worth else after_delivery(record, said)
    except Unforeseen as failure:
        now_known = replace(record, error=str(failure))
    if now_known != record:
        lease.write(replace(lease.journal, routes={**lease.journal.routes, name: now_known}))
    return now_known.error is None


def send_notification(
    name: str, said: Notification, record: RouteRecord, lease: Lease[WatchJournal], ports: Ports
) -> RouteRecord:
    """Send the notification; the next watch sends it again to a route that did not take it."""
    lease.renew()
    try:
        ports.notifier.send(name, said)
    except (TransientError, PermanentError) as failure:
        log.error("%s", failure)
        return after_failure(record, said, str(failure))
    return after_delivery(record, said)


@dataclass(frozen=True, slots=True)
class RouteTestResult:
    """A route by its name; `error` is why it, or one of its URLs, did not take the alert."""

    route: str
    kind: str
    error: str | None


def send_test_alert(trigger: Trigger, ports: Ports) -> tuple[RouteTestResult, ...]:
    """Append to the history who asked, then send a marked alert to every route, whatever its `match`."""
    ports.history.append(audit_record("request", "test alert sent down every route", trigger, ports))
    return tuple(test_route(name, trigger, ports) for name in ports.inventory.alerts.routes)


def test_route(name: str, trigger: Trigger, ports: Ports) -> RouteTestResult:
    kind = ports.inventory.alerts.routes[name].kind
    try:
        ports.notifier.send(name, test_notification(name, trigger, ports.clock.now()))
    except (TransientError, PermanentError) as failure:
        return RouteTestResult(name, kind, str(failure))
    return RouteTestResult(name, kind, None)


def test_notification(route: str, trigger: Trigger, now: datetime) -> Notification:
    alert = Alert(
        name="Test",
        urgency="warning",
        message=f"TEST of the route {route}, nothing is wrong: asked for by {trigger.actor}: {trigger.reason}",
        since=now,
        detail=f"TEST {trigger.correlation}",
    )
    return Notification(firing=(alert,), ended=(), new=(alert,), resolved=(), now=now, ends_at=now + TEST_DURATION)
