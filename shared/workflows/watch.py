"""Watch what is stored and what is served, and say what is wrong. It depends on no renewal, and changes nothing."""

import logging
from dataclasses import replace

from shared.domain.alerting.firing import conditions, watched_on
from shared.domain.alerting.journal import RouteRecord, WatchJournal
from shared.domain.alerting.news import News, missed, news, told, worth_telling
from shared.domain.alerting.sighted import sights_after
from shared.domain.alerting.unseen import unseen
from shared.errors import LeaseTaken, PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.cluster_policy import probe_policies
from shared.workflows.observe import observe
from shared.workflows.unauthenticated import offer_mail

log = logging.getLogger("relaykeeper.watch")

LEVELS = {"warning": logging.WARNING, "critical": logging.ERROR}

ALERTS = "alerts"
"""The name of the one journal."""


def watch(ports: Ports) -> None:
    """Look at everything, then tell each route what is new to it. A dead route is told of through the others.

    Raises LeaseLost if another watch took over; TransientError or PermanentError if the journal cannot be had.
    """
    observations = observe(ports)
    policies, unprobed = probe_policies(observations.watched, ports)
    observations = replace(
        observations,
        offers=offer_mail(observations.watched, ports),
        policies=policies,
        blind={**observations.blind, **unprobed},
    )
    try:
        with ports.watches.lease(ALERTS) as lease:
            before, now = lease.journal, ports.clock.now()
            found = conditions(observations, before, ports.inventory, now)
            journal = watched_on(before, found, unseen(observations, now), now)
            routes = {name: before.routes.get(name, RouteRecord()) for name in ports.inventory.alerts.routes}
            sights = sights_after(before.sights, observations, ports.inventory, now)
            lease.write(replace(journal, routes=routes, sights=sights))
            report(before, journal)
            tell_all(lease, observations.resting, ports)
    except LeaseTaken:
        log.info("another watch is under way")


def report(before: WatchJournal, after: WatchJournal) -> None:
    """Log each alert when it begins to fire, and when it is over."""
    known, still = {alert.key for alert in before.firing}, {alert.key for alert in after.firing}
    for alert in after.firing:
        if alert.key not in known:
            log.log(LEVELS[alert.severity], "%s: %s", alert.name, alert.message)
    for alert in before.firing:
        if alert.key not in still:
            log.info("%s is over: %s", alert.name, alert.message)


def tell_all(lease: Lease[WatchJournal], resting: frozenset[str], ports: Ports) -> None:
    """Tell every route, then show a sign of life, unless nobody took what was to be told.

    Routes that were dead come last, so that nobody waits for them. Those into a cluster at rest need not take anything.
    """
    routes = ports.inventory.alerts.routes
    dead_last = sorted(routes, key=lambda name: lease.journal.routes[name].error is not None)
    taken = {name: tell(name, lease, ports) for name in dead_last}
    awaited = [name for name in routes if routes[name].match.get("cluster") not in resting]
    url = ports.inventory.alerts.heartbeat.ping
    if url is None or (awaited and not any(taken.values())):
        return
    lease.renew()
    try:
        ports.notices.ping(url)
    except (TransientError, PermanentError) as failure:
        log.error("%s", failure)


def tell(name: str, lease: Lease[WatchJournal], ports: Ports) -> bool:
    """Tell one route what it should know, and write down what it knows now; say whether it is in order."""
    alerts = ports.inventory.alerts
    record = lease.journal.routes[name]
    said = news(name, alerts, lease.journal, ports.clock.now())
    after = (
        send(name, said, record, lease, ports) if worth_telling(alerts.routes[name].kind, said) else told(record, said)
    )
    if after != record:
        lease.write(replace(lease.journal, routes={**lease.journal.routes, name: after}))
    return after.error is None


def send(name: str, said: News, record: RouteRecord, lease: Lease[WatchJournal], ports: Ports) -> RouteRecord:
    """Send the news; a route that does not take it is told the same by the next watch."""
    lease.renew()
    try:
        ports.notices.tell(name, said)
    except (TransientError, PermanentError) as failure:
        log.error("%s", failure)
        return missed(record, said, str(failure))
    return told(record, said)
