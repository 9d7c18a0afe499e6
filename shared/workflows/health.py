"""Whether Relaykeeper itself works, from what is in storage: what depends on what, and what was last heard of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from shared.domain.alerting.notification import WatchJournal
from shared.errors import JournalUnreadable, PermanentError, TransientError, Unforeseen
from shared.inventory import Inventory, SecretReference
from shared.ports import Ports
from shared.workflows.heed import PAUSES
from shared.workflows.watch import ALERTS

TOO_OLD = timedelta(hours=1)
"""Since the last watch: several have been missed by then."""

Status = Literal["ok", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that Relaykeeper consists of or depends on; `needed_by` names what does not work without it.

    `failing`: nothing works here; `degraded`: something does not, and the rest goes on.
    """

    name: str
    status: Status
    words: str
    needed_by: tuple[str, ...]


def check_up(ports: Ports) -> tuple[Part, ...]:
    """Return every part. Reads two blobs; what the last watch saw of vaults and clusters is in it."""
    inventory = Part("inventory", "ok", f"digest {ports.digest}", ("everything",))
    try:
        journal = ports.watches.read(ALERTS)
    except (JournalUnreadable, Unforeseen):
        return inventory, storage("ok", "answers"), watch("degraded", "its journal cannot be read"), *pauses(ports)
    except (TransientError, PermanentError):
        return inventory, storage("failing", "cannot be read; the log says why")
    seen = (*pauses(ports), *vaults(journal, ports.inventory), *clusters(journal, ports.inventory))
    return inventory, storage("ok", "answers"), last_watch(journal, ports), *seen


def pauses(ports: Ports) -> tuple[Part, ...]:
    """Return whether it is known what is paused."""
    try:
        ports.pauses.read(PAUSES)
    except (TransientError, PermanentError):
        return (Part("pauses", "degraded", "cannot be read: nothing is changed until they can", ("renewals",)),)
    return (Part("pauses", "ok", "can be read", ("renewals",)),)


def storage(status: Status, words: str) -> Part:
    return Part("storage", status, words, ("everything",))


def watch(status: Status, words: str) -> Part:
    return Part("watch", status, words, ("alerts", "metrics", "what is said here of vaults and clusters"))


def last_watch(journal: WatchJournal, ports: Ports) -> Part:
    if journal.at is None:
        return watch("degraded", "there was none yet")
    late = ports.clock.now() - journal.at > TOO_OLD
    return watch("degraded" if late else "ok", f"the last was at {journal.at:%Y-%m-%d %H:%M:%S} UTC")


def vaults(journal: WatchJournal, inventory: Inventory) -> Iterator[Part]:
    for vault in inventory.vaults:
        needs = [f"certificate {each.name}" for each in inventory.certificates.values() if each.vault == vault]
        needs += [f"issuer {name}" for name, each in inventory.issuers.items() if each.account_key.vault == vault]
        needs += [f"cluster {name}" for name, each in inventory.clusters.items() if holds(vault, each.kubeconfig)]
        routes = inventory.alerts.routes.items()
        needs += [f"route {name}" for name, each in routes if holds(vault, *each.urls, each.signing_key)]
        needs += ["heartbeat"] if holds(vault, inventory.alerts.heartbeat.ping) else []
        sight = journal.status.vaults.get(vault)
        yield seen(f"vault {vault}", None if sight is None else sight.read, needs)


def holds(vault: str, *secrets: SecretReference | None) -> bool:
    return any(secret is not None and secret.vault == vault for secret in secrets)


def clusters(journal: WatchJournal, inventory: Inventory) -> Iterator[Part]:
    """A cluster that rests as it should is in order."""
    states = {
        (place, there.state) for sight in journal.status.certificates.values() for place, there in sight.places.items()
    }
    for cluster in inventory.clusters:
        needs = [f"relay {name}" for name, relay in inventory.relays.items() if cluster in relay.clusters]
        here = [state for place, state in states if place.endswith(f"@{cluster}")]
        part = seen(f"cluster {cluster}", "unreachable" not in here if here else None, needs)
        fault = journal.status.policies.get(cluster)
        yield part if fault is None else replace(part, status="degraded", words=f"{part.words}; {fault}")


def seen(name: str, read: bool | None, needs: list[str]) -> Part:
    """Return what the last watch saw of something; None: nothing, yet."""
    if read is None:
        return Part(name, "ok", "not watched yet", tuple(needs))
    words = "answered the last watch" if read else "could not be read by the last watch; /api/certificates says why"
    return Part(name, "ok" if read else "degraded", words, tuple(needs))
