"""Whether Relaykeeper itself works, judged by what is in storage: its parts, their state, and what needs them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from shared.domain.alerting.notification import WatchJournal
from shared.domain.status import FleetStatus
from shared.errors import JournalNewer, JournalUnreadable, PermanentError, TransientError, Unforeseen
from shared.inventory import Inventory, SecretReference
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.pauses import PAUSES
from shared.workflows.watch import ALERTS

MAX_WATCH_AGE = timedelta(hours=1)
"""Since the last watch: several have been missed by then."""

HealthStatus = Literal["ok", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class HealthPart:
    """Something that Relaykeeper consists of or depends on; `needed_by` names what does not work without it.

    `failing`: nothing works here; `degraded`: something does not, and the rest goes on.
    """

    name: str
    status: HealthStatus
    message: str
    needed_by: tuple[str, ...]


def check_up(ports: Ports) -> tuple[HealthPart, ...]:
    """Return every part. Reads two blobs; what the last watch saw of vaults and clusters is in it."""
    inventory = HealthPart("inventory", "ok", f"digest {ports.digest}", ("everything",))
    try:
        journal = ports.state.watch.read(ALERTS)
    except (JournalUnreadable, Unforeseen) as failure:
        newer = ": a newer release wrote it; deploy that again" if isinstance(failure, JournalNewer) else ""
        return (
            inventory,
            storage_part("ok", "answers"),
            watch_part("degraded", f"its journal cannot be read{newer}"),
            *pauses_part(ports),
        )
    except (TransientError, PermanentError):
        return inventory, storage_part("failing", "cannot be read; the log says why")
    seen = (*pauses_part(ports), *vault_parts(journal, ports.inventory), *cluster_parts(journal, ports.inventory))
    return inventory, storage_part("ok", "answers"), last_watch(journal, ports), *seen


def last_watch(journal: WatchJournal, ports: Ports) -> HealthPart:
    if journal.at is None:
        return watch_part("degraded", "there was none yet")
    late = ports.clock.now() - journal.at > MAX_WATCH_AGE
    return watch_part("degraded" if late else "ok", f"the last was at {journal.at:%Y-%m-%d %H:%M:%S} UTC")


def watch_part(status: HealthStatus, message: str) -> HealthPart:
    return HealthPart("watch", status, message, ("alerts", "metrics", "what is said here of vaults and clusters"))


def storage_part(status: HealthStatus, message: str) -> HealthPart:
    return HealthPart("storage", status, message, ("everything",))


def pauses_part(ports: Ports) -> tuple[HealthPart, ...]:
    """Return the part that says whether the pauses can be read."""
    needed_by = ("renewals", "clients")
    try:
        ports.state.pauses.read(PAUSES)
    except (TransientError, PermanentError):
        return (HealthPart("pauses", "degraded", "cannot be read: nothing is changed until they can", needed_by),)
    return (HealthPart("pauses", "ok", "can be read", needed_by),)


def vault_parts(journal: WatchJournal, inventory: Inventory) -> Iterator[HealthPart]:
    for vault in inventory.vaults:
        needs = [f"certificate {each.name}" for each in inventory.certificates.values() if each.vault == vault]
        needs += [f"client {each.name}" for each in inventory.clients.values() if each.vault == vault]
        needs += [f"issuer {name}" for name, each in inventory.issuers.items() if each.account_key.vault == vault]
        needs += [f"cluster {name}" for name, each in inventory.clusters.items() if uses_vault(vault, each.kubeconfig)]
        routes = inventory.alerts.routes.items()
        needs += [f"route {name}" for name, each in routes if uses_vault(vault, *each.urls, each.signing_key)]
        needs += ["heartbeat"] if uses_vault(vault, inventory.alerts.heartbeat.ping) else []
        status = journal.status.vaults.get(vault)
        yield seen(f"vault {vault}", None if status is None else status.read, needs)


def uses_vault(vault: str, *secrets: SecretReference | None) -> bool:
    return any(secret is not None and secret.vault == vault for secret in secrets)


def cluster_parts(journal: WatchJournal, inventory: Inventory) -> Iterator[HealthPart]:
    """A cluster that is expected to be offline is in order."""
    states = set(place_states(journal.status))
    for cluster in inventory.clusters:
        needs = [f"relay {name}" for name, relay in inventory.relays.items() if cluster in relay.clusters]
        needs += [f"client {name}" for name, each in inventory.clients.items() if accepted_in(each, cluster, inventory)]
        here = [state for place, state in states if place.endswith(f"@{cluster}")]
        part = seen(f"cluster {cluster}", "unreachable" not in here if here else None, needs)
        fault = journal.status.policies.get(cluster)
        yield part if fault is None else replace(part, status="degraded", message=f"{part.message}; {fault}")


def place_states(status: FleetStatus) -> Iterator[tuple[str, str]]:
    """Yield each place and its state, once for each certificate and client there."""
    for certificate in status.certificates.values():
        yield from ((place, there.state) for place, there in certificate.places.items())
    for client in status.clients.values():
        yield from ((place, there.state) for place, there in client.places.items())


def accepted_in(client: Client, cluster: str, inventory: Inventory) -> bool:
    """Say whether a relay in the cluster is to accept the client."""
    return any(place.cluster == cluster for place in inventory.client_places(client))


def seen(name: str, read: bool | None, needs: list[str]) -> HealthPart:
    """Return what the last watch saw of something; None: nothing, yet."""
    if read is None:
        return HealthPart(name, "ok", "not watched yet", tuple(needs))
    if read:
        return HealthPart(name, "ok", "answered the last watch", tuple(needs))
    message = "could not be read by the last watch; /api/certificates or /api/clients says why"
    return HealthPart(name, "degraded", message, tuple(needs))
