"""What is wrong with what Relaykeeper itself needs: sources, admission policies, secrets in vaults, alert routes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from shared.domain.alerting.alert import NEXT_WATCH, Alert, Condition, describe_expiry, lateness, stage
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.report import FleetReport, policy_source, vault_source
from shared.domain.serving.cluster_policy import policy_fault
from shared.domain.status import is_unmanaged, lifetime_of, needed_secrets
from shared.inventory import Filter, Inventory


def self_conditions(
    report: FleetReport, route_errors: Mapping[str, str], inventory: Inventory, now: datetime
) -> Iterator[Condition]:
    """Yield everything that is wrong beside certificates and relays; `route_errors` by the name of the route."""
    yield from policy_conditions(report, now)
    yield from entry_conditions(report, inventory, now)
    yield from unread_conditions(report, now)
    yield from route_conditions(route_errors, inventory, report.clusters_offline, now)
    if inventory.alerts.heartbeat.routes:
        yield heartbeat(now)


def policy_conditions(report: FleetReport, now: datetime) -> Iterator[Condition]:
    """Clusters in which our identity could do more than it needs, because no current policy prevents it."""
    for cluster, probes in report.policies.items():
        if (fault := policy_fault(probes)) is not None:
            alert = Alert(
                name="ClusterPolicyOutdated",
                urgency="warning",
                message=f"{cluster}: {fault}. Apply infra/kubernetes/policy there, with our identity in each policy",
                since=now,
                cluster=cluster,
                depends_on=(policy_source(cluster),),
            )
            yield Condition(alert, NEXT_WATCH)


def entry_conditions(report: FleetReport, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Vault entries that expire: secrets that we need, and unmanaged entries where the vault's filter selects them."""
    needed = needed_secrets(inventory)
    for vault, entries in report.entries.items():
        selected = inventory.alerts.unmanaged.get(vault, Filter())
        for entry in entries:
            ours = entry.kind == "secret" and (vault, entry.name.lower()) in needed
            if ours or (is_unmanaged(entry, vault, inventory) and selects(selected, entry)):
                yield from expiring_entry(entry, vault, now)


def selects(selected: Filter, entry: VaultEntry) -> bool:
    by_name = any(fnmatchcase(entry.name.lower(), pattern.lower()) for pattern in selected.names)
    return by_name or any(entry.tags.get(tag) == value for tag, value in selected.tags.items())


def expiring_entry(entry: VaultEntry, vault: str, now: datetime) -> Iterator[Condition]:
    if entry.expires is None:
        return
    lifetime = lifetime_of(entry, entry.expires)
    if (how := stage(lateness(lifetime, now))) is not None:
        alert = Alert(
            name="VaultEntryExpiring",
            urgency=how,
            message=f"{entry.kind} {entry.name} in vault {vault} {describe_expiry(lifetime, now)}",
            since=now,
            detail=f"{entry.kind} {vault}/{entry.name}",
            depends_on=(vault_source(vault),),
        )
        yield Condition(alert)


def unread_conditions(report: FleetReport, now: datetime) -> Iterator[Condition]:
    """Sources that could not be read: what is wrong there is unknown."""
    errors = {source: reason for each in report.certificates for source, reason in each.read_errors.items()}
    for source, reason in {**errors, **report.read_errors}.items():
        alert = Alert(name="WatchBlind", urgency="warning", message=reason, since=now, detail=source)
        yield Condition(alert, NEXT_WATCH)


def route_conditions(
    errors: Mapping[str, str], inventory: Inventory, clusters_offline: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Routes that did not accept the last notification; one into a cluster that is offline as expected need not."""
    for name, error in errors.items():
        route = inventory.alerts.routes.get(name)
        if route is not None and route.match.get("cluster") not in clusters_offline:
            message = f"the route {name} did not take the last alerts: {error}"
            alert = Alert(name="RouteFailing", urgency="critical", message=message, since=now, detail=f"route {name}")
            yield Condition(alert, NEXT_WATCH)


def heartbeat(now: datetime) -> Condition:
    """The alert that always fires. If it stops, Relaykeeper is not running."""
    message = "Relaykeeper is watching. This alert fires permanently; if it stops, Relaykeeper is not running."
    return Condition(Alert(name="Heartbeat", urgency="warning", message=message, since=now))
