"""From what a watch saw to what of it is written down. What was not seen stays as it was: blindness mends nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.alerting.at_places import answering_replicas
from shared.domain.alerting.life import as_leaf
from shared.domain.alerting.observed import Observations, Watched, presented, suspended, vault_of
from shared.domain.alerting.of_estate import needed, unmanaged
from shared.domain.alerting.sights import CertificateSight, EntrySight, LeafSight, PlaceSight, Sights, VaultSight
from shared.domain.alerting.spot import spot_at
from shared.domain.certificates import Leaf, Thumbprint
from shared.domain.cluster_policy import policy_fault
from shared.domain.entries import Entry
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.domain.renewal import renew_at
from shared.domain.served import askable, expected, shows_another
from shared.inventory import Inventory, Place

NEVER_SEEN = PlaceSight("unreachable")


def sights_after(before: Sights, observations: Observations, inventory: Inventory, now: datetime) -> Sights:
    """Return what is known after this watch, of what the inventory has now."""
    blind = frozenset(observations.blind).union(*(watched.blind for watched in observations.watched))
    vaults = {
        vault: VaultSight(vault_of(vault) not in blind, entries_after(before, vault, observations, inventory))
        for vault in inventory.vaults
    }
    certificates = {
        watched.certificate.name: certificate_after(before, watched, now) for watched in observations.watched
    }
    seen = {cluster: policy_fault(probes) for cluster, probes in observations.policies.items()}
    policies = {name: fault for name, fault in {**before.policies, **seen}.items() if name in inventory.clusters}
    return Sights(certificates, vaults, policies)


def certificate_after(before: Sights, watched: Watched, now: datetime) -> CertificateSight:
    last = before.certificates.get(watched.certificate.name, CertificateSight())
    newest = next((sight(leaf) for leaf in watched.stored_leaves), None)
    places = {
        str(place): place_after(last.places.get(str(place), NEVER_SEEN), watched, place, there, now)
        for place, there in watched.seen.places.items()
    }
    return CertificateSight(newest if watched.unread is None else last.stored, places)


def place_after(
    before: PlaceSight, watched: Watched, place: Place, there: PlaceSeen | Resting | Unreachable, now: datetime
) -> PlaceSight:
    """Of a suspended place nothing is expected, so nothing is kept."""
    match there:
        case PlaceSeen():
            return place_seen(before, watched, place, there, now)
        case Unreachable():
            return replace(before, state="unreachable")
        case Resting():
            return PlaceSight("resting") if suspended(place, now) else replace(before, state="resting")


def place_seen(before: PlaceSight, watched: Watched, place: Place, there: PlaceSeen, now: datetime) -> PlaceSight:
    """What is wanted is known from before where the vault could not be read, and so is what a replica that could not be
    asked presents."""
    wanted = wanted_at(place, watched) if watched.unread is None else before.wanted
    unheard = {answer.question.pod for answer in askable(there.answers) if answer.inconclusive is not None}
    known = {replica: shown for replica, shown in before.replicas.items() if replica in unheard}
    return PlaceSight(
        state="seen",
        wanted=wanted,
        differs=wanted is not None and (shows_another(wanted, there) or (before.differs and bool(unheard))),
        expected=expected(there),
        answering=answering_replicas(spot_at(watched, place, there, now), there),
        replicas={**known, **replicas_of(there)},
    )


def wanted_at(place: Place, watched: Watched) -> Thumbprint | None:
    stored = watched.seen.wanted(place)
    return stored.leaf.thumbprint if stored is not None else None


def replicas_of(there: PlaceSeen) -> Mapping[str, LeafSight]:
    last_first = sorted(presented(there.answers), key=lambda shown: shown[1].not_after, reverse=True)
    return {answer.question.pod: sight(leaf) for answer, leaf in last_first}


def entries_after(
    before: Sights, vault: str, observations: Observations, inventory: Inventory
) -> tuple[EntrySight, ...]:
    if vault in observations.entries:
        return tuple(entries_seen(vault, observations.entries[vault], inventory))
    return before.vaults[vault].entries if vault in before.vaults else ()


def entries_seen(vault: str, entries: Iterable[Entry], inventory: Inventory) -> Iterator[EntrySight]:
    ours = needed(inventory)
    for entry in entries:
        if entry.expires is not None:
            managed = (vault, entry.name.lower()) in ours or not unmanaged(entry, vault, inventory)
            due = renew_at(as_leaf(entry, entry.expires), None)
            yield EntrySight(entry.kind, entry.name, managed, due, entry.expires)


def sight(leaf: Leaf) -> LeafSight:
    return LeafSight(leaf.thumbprint, renew_at(leaf, None), leaf.not_after)
