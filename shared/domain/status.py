"""What the last watch observed, small enough to be written down: metrics, health and urgency are read from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shared.domain.certificates.certificate import Leaf, Thumbprint
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.client_assessment import ClientAssessment, ClientPlaceAssessment
from shared.domain.client_observation import ClientObservation
from shared.domain.client_status import NEVER_SEEN, ClientPlaceStatus, ClientStatus, lost_clients
from shared.domain.client_steps import Proven
from shared.domain.issuing.due import renew_at
from shared.domain.observation import Observation
from shared.domain.report import FleetReport, presented, suspended
from shared.domain.serving.cluster_policy import policy_fault
from shared.domain.serving.place_observation import AnyPlaceObservation, ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.served import askable, expected_replicas, serves_other, turned_away
from shared.domain.sources import vault_source
from shared.inventory import Inventory, Place, SecretReference


@dataclass(frozen=True, slots=True)
class LeafStatus:
    """A leaf that is stored or served, and from when on it should have been replaced."""

    thumbprint: Thumbprint
    due: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """One certificate at one `relay@cluster`; where `state` is not `observed`, as it was when last observed.

    `wanted` is what it should serve; `differs`: some replica serves something else. `answering` of `expected` replicas
    serve a certificate, by name in `replicas`: the one that expires first, where ports or names differ.
    """

    state: Literal["observed", "offline_expected", "unreachable"]
    wanted: Thumbprint | None = None
    differs: bool = False
    expected: int = 0
    answering: int = 0
    replicas: Mapping[str, LeafStatus] = field(default_factory=dict)


NEVER_OBSERVED = PlaceStatus("unreachable")

NO_PASSWORD = ("PasswordMissing", "the vault does not have its password")


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """A certificate of the inventory: its newest version, and its places by `relay@cluster`."""

    stored: LeafStatus | None = None
    places: Mapping[str, PlaceStatus] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """A vault entry that expires; `managed`: the inventory names it."""

    kind: Literal["certificate", "secret"]
    name: str
    managed: bool
    due: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Whether a vault could be read, and its entries: those of the last successful read."""

    read: bool
    entries: tuple[EntryStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """Certificates, clients, vaults and clusters by name; `policies`: what is wrong with a cluster's admission policy,
    if anything. Clients that the inventory lost several at once stay until a person confirms it. `listed_clients` are
    those that only a cluster lists."""

    certificates: Mapping[str, CertificateStatus] = field(default_factory=dict)
    vaults: Mapping[str, VaultStatus] = field(default_factory=dict)
    policies: Mapping[str, str | None] = field(default_factory=dict)
    clients: Mapping[str, ClientStatus] = field(default_factory=dict)
    listed_clients: Mapping[str, ClientStatus] = field(default_factory=dict)


def next_status(before: FleetStatus, report: FleetReport, inventory: Inventory) -> FleetStatus:
    """Return the status of what the inventory has now. What was not read stays as it was before."""
    errors = frozenset(report.read_errors).union(*(each.observation.read_errors for each in report.certificates))
    vaults = {
        vault: VaultStatus(vault_source(vault) not in errors, next_entries(before, vault, report, inventory))
        for vault in inventory.vaults
    }
    certificates = {each.certificate.name: next_certificate(before, each.observation) for each in report.certificates}
    observed = {cluster: policy_fault(probes) for cluster, probes in report.policies.items()}
    policies = {name: fault for name, fault in {**before.policies, **observed}.items() if name in inventory.clusters}
    clients, listed = next_clients(before, report, inventory)
    return FleetStatus(certificates, vaults, policies, clients, listed)


def next_clients(
    before: FleetStatus, report: FleetReport, inventory: Inventory
) -> tuple[Mapping[str, ClientStatus], Mapping[str, ClientStatus]]:
    """Return the status of the inventory's clients, and of those that only a cluster lists. A client of the inventory
    stays although nothing was seen of it, and so do several that the inventory lost at once."""
    known = {**before.listed_clients, **before.clients}
    seen = {each.client.name: next_client(known.get(each.client.name, ClientStatus()), each) for each in report.clients}
    clients = {name: seen.get(name) or before.clients.get(name, ClientStatus()) for name in inventory.clients}
    lost = {name: before.clients[name] for name in lost_clients(before.clients, inventory.clients)}
    return {**clients, **lost}, {name: each for name, each in seen.items() if name not in inventory.clients}


def next_client(before: ClientStatus, assessed: ClientAssessment) -> ClientStatus:
    observation = assessed.observation
    return ClientStatus(
        {
            str(place): next_client_place(before.places.get(str(place), NEVER_SEEN), observation, place, there)
            for place, there in assessed.places.items()
        }
    )


def next_client_place(
    before: ClientPlaceStatus, observation: ClientObservation, place: Place, assessed: ClientPlaceAssessment
) -> ClientPlaceStatus:
    """Return the status of a client at a place; without its newest password nothing is known there."""
    match assessed.there:
        case ExpectedOffline():
            kept = NEVER_SEEN if suspended(place, observation.at) else before
            return replace(kept, state="offline_expected")
        case Unreachable():
            return replace(before, state="unreachable")
    step = assessed.step
    if step is None and observation.read_errors:
        return replace(before, state="unreachable")
    accepted = isinstance(step, Proven)
    since = before.since if before.since is not None and before.accepted == accepted else observation.at
    reason, message = (step.reason, step.message) if step is not None else NO_PASSWORD
    return ClientPlaceStatus("observed", accepted, since, reason, message)


def next_certificate(before: FleetStatus, observation: Observation) -> CertificateStatus:
    last = before.certificates.get(observation.certificate.name, CertificateStatus())
    newest = next((leaf_status(leaf) for leaf in observation.stored_leaves), None)
    places = {
        str(place): next_place(last.places.get(str(place), NEVER_OBSERVED), observation, place, there)
        for place, there in observation.places.items()
    }
    return CertificateStatus(newest if observation.version_error is None else last.stored, places)


def next_place(before: PlaceStatus, observation: Observation, place: Place, there: AnyPlaceObservation) -> PlaceStatus:
    """Return the status of a place; of a suspended one nothing is kept, because nothing is expected of it."""
    match there:
        case PlaceObservation():
            return next_observed_place(before, observation, place, there)
        case Unreachable():
            return replace(before, state="unreachable")
        case ExpectedOffline():
            kept = NEVER_OBSERVED if suspended(place, observation.at) else before
            return replace(kept, state="offline_expected")


def next_observed_place(
    before: PlaceStatus, observation: Observation, place: Place, there: PlaceObservation
) -> PlaceStatus:
    """Return the status of a place that answered.

    `wanted` stays as it was where the vault could not be read; so does the leaf of a replica whose probe was
    inconclusive.
    """
    stored = observation.desired(place)
    known = observation.version_error is None
    wanted = (stored.leaf.thumbprint if stored is not None else None) if known else before.wanted
    unclear = {answer.probe.pod for answer in askable(there.probe_results) if answer.inconclusive is not None}
    kept = {replica: leaf for replica, leaf in before.replicas.items() if replica in unclear}
    last_first = sorted(presented(there.probe_results), key=lambda shown: shown[1].not_after, reverse=True)
    return PlaceStatus(
        state="observed",
        wanted=wanted,
        differs=wanted is not None and (serves_other(wanted, there) or (before.differs and bool(unclear))),
        expected=expected_replicas(there),
        answering=count_answering(place, there),
        replicas={**kept, **{answer.probe.pod: leaf_status(leaf) for answer, leaf in last_first}},
    )


def count_answering(place: Place, there: PlaceObservation) -> int:
    """Count the replicas that answered every probe; behind a Service, which hides who answers, the Ready ones.

    A replica that turns us away counts as answering: WatchBlind reports it.
    """
    away = turned_away(there.probe_results)
    silent = {a.probe.pod for a in askable(there.probe_results) if a.thumbprint is None and a not in away}
    answering = {answer.probe.pod for answer in there.probe_results} - silent
    return len(answering) if place.relay.service is None else sum(pod.ready for pod in there.workload.pods if answering)


def leaf_status(leaf: Leaf) -> LeafStatus:
    return LeafStatus(leaf.thumbprint, renew_at(leaf), leaf.not_after)


def next_entries(before: FleetStatus, vault: str, report: FleetReport, inventory: Inventory) -> tuple[EntryStatus, ...]:
    if vault in report.entries:
        return tuple(expiring_entries(vault, report.entries[vault], inventory))
    return before.vaults[vault].entries if vault in before.vaults else ()


def expiring_entries(vault: str, entries: Iterable[VaultEntry], inventory: Inventory) -> Iterator[EntryStatus]:
    needed = needed_secrets(inventory)
    for entry in entries:
        if entry.expires is not None:
            managed = (vault, entry.name.lower()) in needed or not is_unmanaged(entry, vault, inventory)
            due = renew_at(lifetime_of(entry, entry.expires))
            yield EntryStatus(entry.kind, entry.name, managed, due, entry.expires)


def is_unmanaged(entry: VaultEntry, vault: str, inventory: Inventory) -> bool:
    """Say whether the inventory has no certificate of that name in that vault; Key Vault ignores case."""
    return (vault, entry.name.lower()) not in {
        (certificate.vault, certificate.name.lower()) for certificate in inventory.certificates.values()
    }


def needed_secrets(inventory: Inventory) -> frozenset[tuple[str, str]]:
    """Return vault and lower-case name of each secret that the inventory names; Key Vault ignores case."""
    keys = [issuer.account_key for issuer in inventory.issuers.values()]
    kubeconfigs = [cluster.kubeconfig for cluster in inventory.clusters.values() if cluster.kubeconfig is not None]
    passwords = [SecretReference(client.vault, client.secret) for client in inventory.clients.values()]
    named = (*keys, *kubeconfigs, *passwords, *inventory.alerts.secrets)
    return frozenset((ref.vault, ref.name.lower()) for ref in named)


def lifetime_of(entry: VaultEntry, expires: datetime) -> Leaf:
    """Return a vault entry as a leaf of the same lifetime: a secret is due by the same fractions."""
    return Leaf(Thumbprint(""), frozenset(), "", entry.begins, expires)
