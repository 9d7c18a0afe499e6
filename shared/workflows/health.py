"""Whether Relaykeeper itself works, judged by what is in storage: its parts, their state, and what needs them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.domain.alerting.notification import WatchJournal
from shared.domain.status import FleetStatus
from shared.domain.timers import TimerState
from shared.errors import JournalNewer, JournalUnreadable, PermanentError, TransientError, Unforeseen
from shared.inventory import Inventory, SecretReference
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.pauses import PAUSES
from shared.workflows.timers import TICKS, tick_state, watch_state
from shared.workflows.watch import ALERTS

HealthStatus = Literal["ok", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class Checkup:
    """Every part; when the last tick began and the last watch was, None where none is known, and the present moment."""

    parts: tuple["HealthPart", ...]
    now: datetime
    tick: datetime | None = None
    watch: datetime | None = None


@dataclass(frozen=True, slots=True)
class HealthPart:
    """Something that Relaykeeper consists of or depends on; `needed_by` names what does not work without it.

    `failing`: nothing works here; `degraded`: something does not, and the rest goes on.
    """

    name: str
    status: HealthStatus
    message: str
    needed_by: tuple[str, ...]


def check_up(ports: Ports) -> Checkup:
    """Return every part. Reads three blobs; what the last watch saw of vaults and clusters is in one of them."""
    inventory = HealthPart("inventory", "ok", f"digest {ports.digest}", ("everything",))
    now = ports.clock.now()
    try:
        tick, ticked = last_tick(ports, now)
        watch, journal = last_watch(ports, now)
    except (TransientError, PermanentError):
        return Checkup((inventory, storage_part("failing", "cannot be read; the log says why")), now)
    parts = (inventory, storage_part("ok", "answers"), tick, watch, *pauses_part(ports))
    if journal is None:
        return Checkup(parts, now, ticked)
    seen = (*vault_parts(journal, ports.inventory), *cluster_parts(journal, ports.inventory))
    return Checkup((*parts, *seen), now, ticked, journal.at)


def last_tick(ports: Ports, now: datetime) -> tuple[HealthPart, datetime | None]:
    """Return the part that says when the last tick began, and that moment. Raises what reading storage raises."""
    try:
        state = tick_state(ports.state.ticks.read(TICKS), ports)
    except (JournalUnreadable, Unforeseen) as failure:
        return tick_part("degraded", unreadable(failure)), None
    return tick_part(*punctuality(state, now)), state.last


def last_watch(ports: Ports, now: datetime) -> tuple[HealthPart, WatchJournal | None]:
    """Return the part that says when the last watch was, and its journal. Raises what reading storage raises."""
    try:
        journal = ports.state.watch.read(ALERTS)
    except (JournalUnreadable, Unforeseen) as failure:
        return watch_part("degraded", unreadable(failure)), None
    return watch_part(*punctuality(watch_state(journal, ports), now)), journal


def punctuality(state: TimerState, now: datetime) -> tuple[HealthStatus, str]:
    """Say when it last was, and whether two have been missed since."""
    if state.last is None:
        return "degraded", "there was none yet"
    last = f"the last was at {state.last:%Y-%m-%d %H:%M:%S} UTC"
    if state.is_overdue(now):
        return "degraded", f"{last}, and two or more have been missed since"
    if state.is_silent(now):
        return "ok", f"{last}, and not by the timer: two or more of its times have passed without it"
    return "ok", last


def unreadable(failure: PermanentError) -> str:
    newer = ": a newer release wrote it; deploy that again" if isinstance(failure, JournalNewer) else ""
    return f"its journal cannot be read{newer}"


def tick_part(status: HealthStatus, message: str) -> HealthPart:
    return HealthPart("tick", status, message, ("renewals", "clients"))


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
