"""Look at everything that concerns a certificate, changing nothing."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cryptography import x509

from shared.domain.certificates.certificate import Leaf, StoredVersion
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.certificates.vault_tags import issuer_tag
from shared.domain.holds import expected_offline
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.observation import Observation
from shared.domain.pauses import Pause
from shared.domain.quarantine import earlier_versions, quarantine_of
from shared.domain.report import endpoints_source
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Pod, Unreachable
from shared.domain.serving.place_state import PlaceState
from shared.domain.serving.probe import Probe, ProbeResult
from shared.domain.serving.probe_plan import (
    full_probes,
    public_endpoint_faults,
    public_endpoint_probes,
    quick_probes,
    sample_probes,
    with_key_types,
)
from shared.domain.serving.served import all_serve, turned_away
from shared.errors import PermanentError, RateLimited, TransientError
from shared.guard import guard
from shared.inventory import Certificate, Place, Relay
from shared.ports import Ports

ProbeChoice = Callable[[Certificate, Leaf, Place, Iterable[Pod], str | None], list[Probe]]

log = logging.getLogger("relaykeeper.deliver")


@dataclass(slots=True)
class UnresponsiveSystems:
    """Vaults and clusters that did not answer, and why. Each is waited for only once."""

    failures: dict[str, TransientError] = field(default_factory=dict)

    def once[T](self, system: str, ask: Callable[[], T]) -> T:
        """Return what a system answers. Raises its earlier failure at once, without asking, if there was one."""
        if (earlier := self.failures.get(system)) is not None:
            raise repeated_failure(system, earlier)
        try:
            return ask()
        except TransientError as failure:
            self.failures[system] = failure
            raise


def repeated_failure(system: str, earlier: TransientError) -> TransientError:
    """Return an earlier failure for others that need the same system: only the cause of `what was tried: cause`.

    `cannot reach SYSTEM: cause` is kept whole, because it is about the system itself.
    """
    tried, _, cause = str(earlier).partition(": ")
    why = str(earlier) if not cause or tried.startswith("cannot reach ") else cause
    message = f"{system} failed a moment ago and was not asked again: {why}"
    if isinstance(earlier, RateLimited):
        return RateLimited(message, earlier.retry_after, system)
    return TransientError(message)


def observe(
    certificate: Certificate,
    journal: Journal,
    ports: Ports,
    unresponsive: UnresponsiveSystems | None = None,
    *,
    pauses: tuple[Pause, ...] = (),
    coming_back: bool = False,
) -> Observation:
    """Observe vault and relays quickly: one handshake per replica and port, as an idle tick should cost.

    `coming_back` from a wait leaves out the relays with a rollout under way: a delivery observes its place itself, and
    the next tick looks at a cluster that was just proven.
    """
    unresponsive = unresponsive or UnresponsiveSystems()
    stored = unresponsive.once(f"vault {certificate.vault}", lambda: ports.vault.latest(certificate))
    if stored is None:
        return Observation(journal, None, {}, pauses=pauses)
    places = ports.inventory.places(certificate.name)
    good = cache(lambda version: usable_version(certificate, version, ports))
    wanted = {place: desired_version(stored, place, places, journal, good) for place in places}
    lines_under_way = {p.relay.name for p in places if coming_back and is_mid_rollout(p.relay, stored, places, journal)}
    observed = {
        p: observe_place_quick(certificate, wanted[p] or stored, p, journal.at(str(p)), pauses, unresponsive, ports)
        for p in places
        if p.relay.name not in lines_under_way
    }
    earlier = {place: version for place, version in wanted.items() if version != stored}
    endpoints = observe_public_endpoints(certificate, stored, journal, pauses, ports)
    return Observation(journal, stored, observed, earlier, endpoints, pauses)


def is_mid_rollout(relay: Relay, stored: StoredVersion, places: Iterable[Place], journal: Journal) -> bool:
    """Say whether the version is being delivered to one of a relay's clusters, or proven at some and not at others."""
    records = [journal.at(str(place)) for place in places if place.relay.name == relay.name]
    proven = {state.verified is not None and state.verified.version == stored.version for state in records}
    return len(proven) > 1 or any(state.progress is not None for state in records)


def version_to_serve(
    certificate: Certificate, stored: StoredVersion, place: Place, journal: Journal, ports: Ports
) -> StoredVersion | None:
    """Return the version that the place is to serve by this journal; see `desired_version`."""
    places = ports.inventory.places(certificate.name)
    return desired_version(stored, place, places, journal, lambda version: usable_version(certificate, version, ports))


def desired_version(
    newest: StoredVersion,
    place: Place,
    places: Sequence[Place],
    journal: Journal,
    good: Callable[[Version], StoredVersion | None],
) -> StoredVersion | None:
    """Return what a place is to serve: the newest version, or while that is in quarantine there one from before.

    None if there was none before. If no earlier version is `good` any more, the newest is served after all.
    """
    if quarantine_of(journal, place, newest.version) is None:
        return newest
    versions = earlier_versions(journal, place, newest.version, places)
    return next((found for version in versions if (found := good(version)) is not None), newest) if versions else None


def usable_version(certificate: Certificate, version: Version, ports: Ports) -> StoredVersion | None:
    """Return a version that can be served still; None if it has expired, or is gone or disabled in the vault."""
    found = ports.vault.version(certificate, version)
    return found if found is not None and ports.clock.now() < found.leaf.not_after else None


def observe_place_quick(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    state: PlaceState,
    pauses: tuple[Pause, ...],
    unresponsive: UnresponsiveSystems,
    ports: Ports,
) -> PlaceObservation | ExpectedOffline | Unreachable:
    """Observe a place quickly, if it can be reached."""

    def look() -> PlaceObservation:
        return observe_quick(certificate, wanted, place, state, ports)

    return unless_unreachable(place, look, pauses, unresponsive, ports)


def unless_unreachable(
    place: Place,
    look_there: Callable[[], PlaceObservation],
    pauses: tuple[Pause, ...],
    unresponsive: UnresponsiveSystems,
    ports: Ports,
) -> PlaceObservation | ExpectedOffline | Unreachable:
    """Return what is observed at a place, or why nothing is. A cluster that is expected to be offline may refuse us."""
    try:
        with guard(f"looking at {place}"):
            return unresponsive.once(f"cluster {place.cluster}", look_there)
    except (TransientError, PermanentError) as error:
        offline = expected_offline(place, pauses, ports.clock.now())
        return ExpectedOffline(offline) if offline is not None else Unreachable(str(error))


def observe_quick(
    certificate: Certificate, wanted: StoredVersion, place: Place, state: PlaceState, ports: Ports
) -> PlaceObservation:
    """Look at a place without asking for its workload where the replicas proven last time still serve `wanted`."""
    observation = observe_place(certificate, wanted, place, quick_probes, ports)
    proven = state.verified is not None and state.verified.replicas == len(observation.pods)
    return (
        observation
        if proven and all_serve(wanted.leaf.thumbprint, observation)
        else with_rollout(place, observation, ports)
    )


def observe_full(certificate: Certificate, wanted: StoredVersion, place: Place, ports: Ports) -> PlaceObservation:
    """Look at a place with its workload, sending every probe to every replica."""
    return with_rollout(place, observe_place(certificate, wanted, place, full_probes, ports), ports)


def observe_sample(
    certificate: Certificate, wanted: StoredVersion, place: Place, last: Iterable[ProbeResult], ports: Ports
) -> PlaceObservation:
    """Look at a place with its workload, sending one probe to each replica: enough while a delivery waits for it.

    `last` are the results of the last full look: what was not proven then is probed first.
    """

    def one_each(*context: Any) -> list[Probe]:
        return sample_probes(full_probes(*context), last, wanted.leaf.thumbprint)

    return with_rollout(place, observe_place(certificate, wanted, place, one_each, ports), ports)


def observe_place(
    certificate: Certificate, wanted: StoredVersion, place: Place, choose: ProbeChoice, ports: Ports
) -> PlaceObservation:
    relay, secret = place.relay, place.serves.secret
    namespace = relay.workload.namespace
    held = ports.clusters.secret(place.cluster, namespace, secret) if secret is not None else None
    pods = ports.clusters.pods(place.cluster, relay.workload)
    service = ports.clusters.service_address(place.cluster, namespace, relay.service) if relay.service else None
    probes = choose(certificate, wanted.leaf, place, pods, service)
    beside = ports.inventory.served_beside(certificate.name, relay)
    results = ports.prober.probe(with_key_types(probes, wanted.leaf, beside))
    return PlaceObservation(held, pods, verify_chains(certificate, wanted, results, ports), None)


def with_rollout(place: Place, observation: PlaceObservation, ports: Ports) -> PlaceObservation:
    rollout = ports.clusters.rollout(place.cluster, place.relay.workload)
    return PlaceObservation(observation.secret, observation.pods, observation.probe_results, rollout)


def observe_public_endpoints(
    certificate: Certificate, stored: StoredVersion, journal: Journal, pauses: tuple[Pause, ...], ports: Ports
) -> Mapping[str, str]:
    """Return what `probe_public_endpoints` does, or why they cannot be judged: that holds nothing else up."""
    try:
        with guard(f"looking at the public endpoints of {certificate.name}"):
            return probe_public_endpoints(certificate, stored, journal, pauses, ports)
    except (TransientError, PermanentError) as failure:
        return {endpoints_source(certificate.name): str(failure)}


def probe_public_endpoints(
    certificate: Certificate, stored: StoredVersion, journal: Journal, pauses: tuple[Pause, ...], ports: Ports
) -> Mapping[str, str]:
    """Return what is wrong at each public endpoint of the relays that serve the certificate; healthy ones are left out.

    Nothing is expected of one while every cluster behind it is expected to be offline. Raises TransientError if the
    only ones that are not healthy turn us away, so that their state is unknown.
    """
    places = ports.inventory.places(certificate.name)
    faults: dict[str, str] = {}
    away: list[ProbeResult] = []
    for relay in {place.relay.name: place.relay for place in places}.values():
        behind = [place for place in places if place.relay.name == relay.name]
        probes = public_endpoint_probes(certificate, relay)
        if not probes or all(expected_offline(place, pauses, ports.clock.now()) for place in behind):
            continue
        proofs = [journal.at(str(place)).verified for place in behind]
        served = {stored.leaf.thumbprint, *(verified.thumbprint for verified in proofs if verified is not None)}
        beside = ports.inventory.served_beside(certificate.name, relay)
        results = ports.prober.probe(with_key_types(probes, stored.leaf, beside))
        faults |= public_endpoint_faults(verify_chains(certificate, stored, results, ports), served)
        away += turned_away(results)
    if away and not faults:
        raise TransientError(f"{away[0].probe.pod} could not be asked: {away[0].failure}")
    return faults


def verify_chains(
    certificate: Certificate, wanted: StoredVersion, results: Iterable[ProbeResult], ports: Ports
) -> tuple[ProbeResult, ...]:
    """Judge each presented chain as a client that trusts the issuer's roots.

    For a version that we did not issue, the end of its own chain is taken as the root.
    """
    issuer, now = ports.inventory.issuers.get(issuer_tag(wanted) or ""), ports.clock.now()
    roots = ports.trust_roots.of_issuer(issuer) if issuer is not None else ()
    return tuple(
        replace(
            each,
            chain_fault=presented_fault(
                each.chain, each.probe.sni, certificate.uses, roots or chain_root(each.chain), now
            ),
        )
        if each.thumbprint == wanted.leaf.thumbprint
        else each
        for each in results
    )


def chain_root(chain: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    """Return where the chain ends; nothing if that cannot be read."""
    try:
        return tuple(x509.load_der_x509_certificate(der) for der in chain[-1:])
    except UNREADABLE:
        return ()
