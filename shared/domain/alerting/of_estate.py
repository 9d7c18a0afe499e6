"""What is wrong beside the certificates: clusters without our policy, vault entries that expire, dead routes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from shared.domain.alerting.alert import Alert, Condition
from shared.domain.alerting.ending import ends
from shared.domain.alerting.life import as_leaf, lateness, stage
from shared.domain.alerting.observed import Observations, policy_of, vault_of
from shared.domain.alerting.patience import A_BLINK
from shared.domain.cluster_policy import policy_fault
from shared.domain.entries import Entry
from shared.inventory import Filter, Inventory


def of_policies(observations: Observations, now: datetime) -> Iterator[Condition]:
    """Clusters in which our identity could do more than it needs, because no current policy stops it."""
    for cluster, probes in observations.policies.items():
        if (fault := policy_fault(probes)) is not None:
            alert = Alert(
                name="ClusterPolicyOutdated",
                urgency="warning",
                message=f"{cluster}: {fault}. Apply infra/kubernetes/policy there, with our identity in each policy",
                since=now,
                cluster=cluster,
                relies_on=(policy_of(cluster),),
            )
            yield Condition(alert, A_BLINK)


def of_entries(observations: Observations, inventory: Inventory, now: datetime) -> Iterator[Condition]:
    """Secrets that we need ourselves, and unmanaged entries where the vault's filter asks for them."""
    ours = needed(inventory)
    for vault, entries in observations.entries.items():
        for entry in entries:
            needs = entry.kind == "secret" and (vault, entry.name.lower()) in ours
            chosen = inventory.alerts.unmanaged.get(vault, Filter())
            if needs or (unmanaged(entry, vault, inventory) and fits(chosen, entry)):
                yield from running_out(entry, vault, now)


def running_out(entry: Entry, vault: str, now: datetime) -> Iterator[Condition]:
    if entry.expires is None:
        return
    life = as_leaf(entry, entry.expires)
    if (how := stage(lateness(life, now))) is not None:
        subject = f"{entry.kind} {vault}/{entry.name}"
        message = f"{entry.kind} {entry.name} in vault {vault} {ends(life, now)}"
        alert = Alert(
            name="VaultEntryExpiring",
            urgency=how,
            message=message,
            since=now,
            subject=subject,
            relies_on=(vault_of(vault),),
        )
        yield Condition(alert)


def fits(chosen: Filter, entry: Entry) -> bool:
    by_name = any(fnmatchcase(entry.name.lower(), pattern.lower()) for pattern in chosen.names)
    return by_name or any(entry.tags.get(tag) == value for tag, value in chosen.tags.items())


def unmanaged(entry: Entry, vault: str, inventory: Inventory) -> bool:
    """Say whether the inventory has no certificate of that name in that vault; Key Vault ignores case."""
    return (vault, entry.name.lower()) not in {
        (certificate.vault, certificate.name.lower()) for certificate in inventory.certificates.values()
    }


def needed(inventory: Inventory) -> frozenset[tuple[str, str]]:
    """Return vault and lower-case name of each secret that the inventory names; Key Vault ignores case."""
    keys = [issuer.account_key for issuer in inventory.issuers.values()]
    kubeconfigs = [cluster.kubeconfig for cluster in inventory.clusters.values() if cluster.kubeconfig is not None]
    return frozenset((ref.vault, ref.name.lower()) for ref in (*keys, *kubeconfigs, *inventory.alerts.secrets))


def of_routes(
    errors: Mapping[str, str], inventory: Inventory, resting: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Routes that did not take the last alerts, by name and error; one into a cluster at rest need not."""
    for name, error in errors.items():
        route = inventory.alerts.routes.get(name)
        if route is not None and route.match.get("cluster") not in resting:
            message = f"the route {name} did not take the last alerts: {error}"
            alert = Alert(name="RouteFailing", urgency="critical", message=message, since=now, subject=f"route {name}")
            yield Condition(alert, A_BLINK)
