"""What is wrong with what Relaykeeper itself needs: sources, admission policies, secrets in vaults, alert routes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from shared.domain.alerting.alert import (
    AT_ONCE,
    NEXT_WATCH,
    Alert,
    AlertName,
    Condition,
    Urgency,
    describe_expiry,
    lateness,
    stage,
)
from shared.domain.alerting.client_conditions import unusable_secrets
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.client_status import lost_clients
from shared.domain.object_ref import SELF, ObjectRef, client_ref
from shared.domain.report import FleetReport
from shared.domain.serving.cluster_policy import policy_fault
from shared.domain.sources import TICKS_SOURCE, client_journal_source, client_source, policy_source, vault_source
from shared.domain.status import FleetStatus, is_unmanaged, lifetime_of, needed_secrets
from shared.domain.timers import TimerState
from shared.inventory import Filter, Inventory
from shared.inventory.clients import Client


def self_conditions(
    report: FleetReport, route_errors: Mapping[str, str], inventory: Inventory, now: datetime
) -> Iterator[Condition]:
    """Yield everything that is wrong beside certificates and relays; `route_errors` by the name of the route."""
    yield from policy_conditions(report, now)
    yield from entry_conditions(report, inventory, now)
    yield from unread_conditions(report, inventory, now)
    yield from route_conditions(route_errors, inventory, report.clusters_offline, now)
    yield from timer_conditions(report.timers, now)
    if inventory.alerts.heartbeat.routes:
        yield heartbeat(now)


def lost_conditions(last: FleetStatus, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Several clients that the watch before knew and the inventory lost at once: until somebody confirms it, no client
    is changed."""
    if names := lost_clients(last.clients, inventory.clients):
        message = (
            f"the inventory lost {len(names)} clients at once: {', '.join(names)}. Relays accept them still, and no "
            "client is changed until they are back or somebody confirms that they are to leave: "
            "relaykeeper clients confirm-removals, with exactly these names"
        )
        yield Condition(self_alert("ClientsLost", "critical", message, now))


def policy_conditions(report: FleetReport, now: datetime) -> Iterator[Condition]:
    """Clusters in which our identity could do more than it needs, because no current policy prevents it."""
    for cluster, probes in report.policies.items():
        if (fault := policy_fault(probes)) is not None:
            message = f"{cluster}: {fault}. Apply infra/kubernetes/policy there, with our identity in each policy"
            object_, depends_on = ObjectRef("cluster", cluster), (policy_source(cluster),)
            yield Condition(
                self_alert("ClusterPolicyOutdated", "warning", message, now, object_, depends_on), NEXT_WATCH
            )


def entry_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Vault entries that expire: secrets that we need, and unmanaged entries where the vault's filter selects them."""
    needed = needed_secrets(inventory)
    for vault, entries in report.entries.items():
        selected = inventory.alerts.unmanaged.get(vault, Filter())
        for entry in entries:
            ours = entry.kind == "secret" and (vault, entry.name.lower()) in needed
            if ours or (is_unmanaged(entry, vault, inventory) and selects(selected, entry)):
                yield from expiring_entry(entry, vault, inventory, now)


def selects(selected: Filter, entry: VaultEntry) -> bool:
    by_name = any(fnmatchcase(entry.name.lower(), pattern.lower()) for pattern in selected.names)
    return by_name or any(entry.tags.get(tag) == value for tag, value in selected.tags.items())


def expiring_entry(entry: VaultEntry, vault: str, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """A client's secret alerts about that client, so that those whose it is hear of it."""
    if entry.expires is None:
        return
    lifetime = lifetime_of(entry, entry.expires)
    if (how := stage(lateness(lifetime, now))) is not None:
        message = f"{entry.kind} {entry.name} in vault {vault} {describe_expiry(lifetime, now)}"
        object_, detail = ObjectRef("vault", vault), f"{entry.kind} {entry.name}"
        if (client := client_of(entry, vault, inventory)) is not None:
            owner = f" of {client.owner.team}" if client.owner is not None else ""
            object_, message = client_ref(client.name), f"client {client.name}{owner}: its {message}"
        yield Condition(self_alert("VaultEntryExpiring", how, message, now, object_, (vault_source(vault),), detail))


def client_of(entry: VaultEntry, vault: str, inventory: Inventory) -> Client | None:
    """Return the client whose password a vault entry is, if any; Key Vault ignores case."""
    if entry.kind != "secret":
        return None
    clients = inventory.clients.values()
    return next((each for each in clients if (each.vault, each.secret.lower()) == (vault, entry.name.lower())), None)


def unread_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Sources that could not be read: what is wrong there is unknown. That a client's secret is disabled is an alert of
    its own."""
    of_certificates = [each.observation.read_errors for each in report.certificates]
    of_clients = [each.observation.read_errors for each in report.clients]
    errors = {source: reason for each in (*of_certificates, *of_clients) for source, reason in each.items()}
    own = {
        source: client_ref(each.client.name)
        for each in report.clients
        for source in (client_source(each.client.name), client_journal_source(each.client.name))
    }
    known = {client_source(client.name) for client, _ in unusable_secrets(report.entries, inventory, now)}
    for source, reason in {**errors, **report.read_errors}.items():
        if source in known:
            continue
        alert = self_alert("WatchBlind", "warning", reason, now, own.get(source, SELF), detail=source)
        yield Condition(alert, NEXT_WATCH)


def route_conditions(
    errors: Mapping[str, str], inventory: Inventory, clusters_offline: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Routes that did not accept the last notification; one into a cluster that is offline as expected need not."""
    for name, error in errors.items():
        route = inventory.alerts.routes.get(name)
        if route is not None and route.match.get("cluster") not in clusters_offline:
            message = f"the route {name} did not take the last alerts: {error}"
            yield Condition(self_alert("RouteFailing", "critical", message, now, ObjectRef("route", name)), NEXT_WATCH)


def timer_conditions(timers: Iterable[TimerState], now: datetime) -> Iterator[Condition]:
    """Timers of ours that do not fire any more, while something else made this watch run."""
    for each in timers:
        if each.fired is not None and each.is_silent(now):
            message = (
                f"the timer of the function {each.timer} last fired at {each.fired:%Y-%m-%d %H:%M} UTC, and its next "
                "times have passed. Restart the app, and look whether the function is enabled; until then only POST "
                "/api/ticks does its work"
            )
            depends_on = (TICKS_SOURCE,) if each.timer == "tick" else ()
            yield Condition(
                self_alert("TimerSilent", "critical", message, now, depends_on=depends_on, detail=each.timer), AT_ONCE
            )


def heartbeat(now: datetime) -> Condition:
    """The alert that always fires. If it stops, Relaykeeper is not running."""
    message = "Relaykeeper is watching. This alert fires permanently; if it stops, Relaykeeper is not running."
    return Condition(self_alert("Heartbeat", "warning", message, now))


def self_alert(
    name: AlertName,
    how: Urgency,
    message: str,
    now: datetime,
    object_: ObjectRef = SELF,
    depends_on: tuple[str, ...] = (),
    detail: str = "",
) -> Alert:
    """Return an alert that concerns no relay."""
    return Alert(
        name=name, urgency=how, message=message, since=now, object=object_, detail=detail, depends_on=depends_on
    )
