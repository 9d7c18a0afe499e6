"""Look at everything that concerns a certificate, changing nothing."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from shared.domain.certificates.certificate import Leaf, StoredVersion, Thumbprint
from shared.domain.client_observation import AnyClientPlaceObservation
from shared.domain.holds import expected_offline
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.observation import Observation
from shared.domain.pauses import Pause
from shared.domain.quarantine import desired_version
from shared.domain.serving.place_observation import (
    AnyPlaceObservation,
    PlaceObservation,
    Unreachable,
    WorkloadObservation,
)
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.probe_plan import full_probes, public_endpoint_faults, public_endpoint_probes
from shared.domain.serving.served import turned_away
from shared.domain.sources import certificate_source, endpoints_source, vault_source
from shared.errors import OutOfTime, PermanentError, RateLimited, TransientError, Unforeseen, Unreadable
from shared.guard import guard
from shared.inventory import Place
from shared.inventory.relays import Certificate, Relay
from shared.ports import Ports
from shared.workflows.observe_place import probe, probe_place, quick_look, read_rollout, read_workload

OBSERVATION_TIME = timedelta(minutes=5)
"""How long the places of a fleet are looked at: half of an execution's time (host.json), so that time is left for the
alerts."""


@dataclass(slots=True)
class Look:
    """One look, at one certificate or at many, under the `pauses` in force.

    `quick` sends one probe to each replica and port, as an idle tick should cost; it raises what it cannot read of
    vault and journal, because nothing can be done without. `full` sends every probe, and says what it could not read.
    After `until` (UTC), the end of the time `allowed`, no further place is looked at. A vault or cluster that does not
    answer is waited for only once. A workload is read once, however many certificates it serves, and again where a
    replica does not answer; so is what concerns the clients of a place. Equal passwords have equal fingerprints under
    `fingerprint_key`, in this look only.
    """

    depth: Literal["quick", "full"]
    pauses: tuple[Pause, ...] = ()
    until: datetime | None = None
    allowed: timedelta = OBSERVATION_TIME
    failures: dict[str, TransientError] = field(default_factory=dict)
    workloads: dict[Place, WorkloadObservation] = field(default_factory=dict)
    client_places: dict[Place, AnyClientPlaceObservation] = field(default_factory=dict)
    fingerprint_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def once[T](self, system: str, ask: Callable[[], T]) -> T:
        """Return what a system answers. Raises its earlier failure at once, without asking, if there was one."""
        if (earlier := self.failures.get(system)) is not None:
            raise repeated_failure(system, earlier)
        try:
            return ask()
        except TransientError as failure:
            self.failures[system] = failure
            raise

    def require_time(self, ports: Ports) -> None:
        """Raise OutOfTime after `until`."""
        if self.until is not None and ports.clock.now() >= self.until:
            minutes = self.allowed // timedelta(minutes=1)
            raise OutOfTime(f"not looked at: looking at what comes before it took {minutes} minutes")

    def workload(self, place: Place, ports: Ports) -> WorkloadObservation:
        """Return what runs at a place; a full look asks how its rollout stands."""
        if place not in self.workloads:
            workload = read_workload(place, ports)
            rollout = read_rollout(place, ports) if self.depth == "full" else None
            self.workloads[place] = replace(workload, rollout=rollout)
        return self.workloads[place]


def repeated_failure(system: str, earlier: TransientError) -> TransientError:
    """Return the failure of a system that is not asked again: its earlier one, in as few words as needed."""
    tried, _, cause = str(earlier).partition(": ")
    why = str(earlier) if not cause or tried.startswith("cannot reach ") else cause
    message = f"{system} failed a moment ago and was not asked again: {why}"
    if isinstance(earlier, RateLimited):
        return RateLimited(message, earlier.retry_after, system)
    return TransientError(message)


def observe(
    certificate: Certificate, journal: Journal, look: Look, ports: Ports, *, coming_back: bool = False
) -> Observation:
    """Look at the versions in the vault, each place and the public endpoints.

    `coming_back` from a wait leaves out the relays with a rollout under way: a delivery observes its place itself, and
    the next tick looks at a cluster that was just proven.
    """
    at, read_errors = ports.clock.now(), dict[str, str]()
    stored, desired = read_versions_or_explain(certificate, journal, look, read_errors, ports)
    places = ports.inventory.places(certificate.name)
    if stored is None and look.depth == "quick":
        places = ()
    if stored is not None and coming_back:
        under_way = {place.relay.name for place in places if is_mid_rollout(place.relay, stored, places, journal)}
        places = tuple(place for place in places if place.relay.name not in under_way)
    return Observation(
        certificate,
        at,
        journal,
        stored,
        {p: observe_place(certificate, desired.get(p) or stored, p, journal, look, ports) for p in places},
        {place: version for place, version in desired.items() if version != stored},
        public_endpoints_or_explain(certificate, stored, journal, look, read_errors, ports),
        look.pauses,
        read_errors,
    )


def read_versions_or_explain(
    certificate: Certificate, journal: Journal, look: Look, read_errors: dict[str, str], ports: Ports
) -> tuple[StoredVersion | None, Mapping[Place, StoredVersion | None]]:
    """Return the newest version, and what each place is to serve; a full look may say why they are not known."""
    try:
        with guard(f"reading the versions of {certificate.name}"):
            stored = look.once(vault_source(certificate.vault), lambda: ports.vault.latest(certificate))
            return stored, desired_versions(certificate, stored, journal, ports) if stored is not None else {}
    except (TransientError, PermanentError) as failure:
        if look.depth == "quick":
            raise
        own = isinstance(failure, Unreadable | Unforeseen)
        read_errors[certificate_source(certificate.name) if own else vault_source(certificate.vault)] = str(failure)
        return None, {}


def desired_versions(
    certificate: Certificate, stored: StoredVersion, journal: Journal, ports: Ports
) -> dict[Place, StoredVersion | None]:
    """Return the version that each place is to serve by this journal; see `desired_version`."""
    places = ports.inventory.places(certificate.name)
    good = cache(lambda version: usable_version(certificate, version, ports))
    return {place: desired_version(stored, place, places, journal, good) for place in places}


def version_to_serve(
    certificate: Certificate, stored: StoredVersion, place: Place, journal: Journal, ports: Ports
) -> StoredVersion | None:
    """Return the version that one place is to serve by this journal, without reading what only others need."""
    places = ports.inventory.places(certificate.name)
    return desired_version(stored, place, places, journal, lambda version: usable_version(certificate, version, ports))


def usable_version(certificate: Certificate, version: Version, ports: Ports) -> StoredVersion | None:
    """Return a version that can be served still; None if it has expired, or is gone or disabled in the vault."""
    found = ports.vault.version(certificate, version)
    return found if found is not None and ports.clock.now() < found.leaf.not_after else None


def is_mid_rollout(relay: Relay, stored: StoredVersion, places: Iterable[Place], journal: Journal) -> bool:
    """Say whether the version is being delivered to one of a relay's clusters, or proven at some and not at others."""
    records = [journal.at(str(place)) for place in places if place.relay.name == relay.name]
    proven = {state.verified is not None and state.verified.version == stored.version for state in records}
    return len(proven) > 1 or any(state.progress is not None for state in records)


def observe_place(
    certificate: Certificate,
    wanted: StoredVersion | None,
    place: Place,
    journal: Journal,
    look: Look,
    ports: Ports,
) -> AnyPlaceObservation:
    """Return what is observed at a place, or why nothing is. A cluster that is expected to be offline may refuse us."""
    probed_for = wanted or version_as_configured(certificate, ports)

    def look_there() -> PlaceObservation:
        known, workload = place in look.workloads, look.workload(place, ports)
        observation = observe_workload(certificate, probed_for, place, journal, workload, look, ports)
        if known and any(result.thumbprint is None for result in observation.probe_results):
            del look.workloads[place]  # its pods may be others by now
            return observe_workload(certificate, probed_for, place, journal, look.workload(place, ports), look, ports)
        return observation

    try:
        with guard(f"looking at {place}"):
            look.require_time(ports)
            return look.once(f"cluster {place.cluster}", look_there)
    except (TransientError, PermanentError) as error:
        offline = expected_offline(place, look.pauses, ports.clock.now())
        return offline or Unreachable.after(error)


def observe_workload(
    certificate: Certificate,
    probed_for: StoredVersion,
    place: Place,
    journal: Journal,
    workload: WorkloadObservation,
    look: Look,
    ports: Ports,
) -> PlaceObservation:
    if look.depth == "quick":
        return quick_look(certificate, probed_for, place, journal.at(str(place)), workload, ports)
    return probe_place(certificate, probed_for, place, full_probes, workload, ports)


def version_as_configured(certificate: Certificate, ports: Ports) -> StoredVersion:
    """Return a placeholder for an unknown stored version, to probe the replicas for the names in the inventory."""
    now = ports.clock.now()
    leaf = Leaf(Thumbprint(""), frozenset(certificate.dns_names), certificate.key, now, now)
    return StoredVersion(Version(""), leaf, {})


def public_endpoints_or_explain(
    certificate: Certificate,
    stored: StoredVersion | None,
    journal: Journal,
    look: Look,
    read_errors: dict[str, str],
    ports: Ports,
) -> Mapping[str, str]:
    """Return what is wrong at the public endpoints; that they cannot be judged holds nothing else up."""
    try:
        with guard(f"looking at the public endpoints of {certificate.name}"):
            if stored is not None:
                return probe_public_endpoints(certificate, stored, journal, look.pauses, ports)
    except (TransientError, PermanentError) as failure:
        read_errors[endpoints_source(certificate.name)] = str(failure)
    return {}


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
        results = probe(certificate, stored, relay, probes, ports)
        faults |= public_endpoint_faults(results, served)
        away += turned_away(results)
    if away and not faults:
        raise TransientError(f"{away[0].probe.pod} could not be asked: {away[0].failure}")
    return faults
