"""Observe every certificate, vault, relay and cluster, side by side; what cannot be read is part of the report."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.domain.certificates.certificate import Leaf, StoredVersion, Thumbprint
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.observation import Observation
from shared.domain.pauses import Pause
from shared.domain.report import (
    CertificateReport,
    FleetReport,
    certificate_source,
    endpoints_source,
    open_relay_source,
    policy_source,
    vault_source,
)
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.open_relay import OpenRelayResult, open_relay_probes
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.errors import PermanentError, TransientError, Unforeseen, Unreadable
from shared.guard import guard
from shared.inventory import Certificate, Place
from shared.ports import Ports
from shared.workflows.observe import (
    UnresponsiveSystems,
    observe_full,
    probe_public_endpoints,
    unless_unreachable,
    version_to_serve,
)
from shared.workflows.pauses import active_pauses

OBSERVATION_TIME = timedelta(minutes=5)
"""How long places are looked at: half of an execution's time (host.json), so that time is left for the alerts."""


def observe_fleet(ports: Ports) -> FleetReport:
    """Look at every certificate, stored and served, and at what else the vaults hold. Nothing is changed.

    Pauses count as in a renewal; if they cannot be read, none does.
    """
    unresponsive, until = UnresponsiveSystems(), ports.clock.now() + OBSERVATION_TIME
    try:
        with guard("reading pauses"):
            pauses, unread = active_pauses(ports), dict[str, str]()
    except (TransientError, PermanentError) as failure:
        pauses, unread = (), {"pauses": str(failure)}
    entries, unlisted = list_vaults(unresponsive, ports)
    certificates = ports.inventory.certificates.values()
    watched = tuple(observe_guarded(certificate, pauses, unresponsive, ports, until) for certificate in certificates)
    return FleetReport(watched, entries, {**unread, **unlisted}, pauses=pauses)


def list_vaults(
    unresponsive: UnresponsiveSystems, ports: Ports
) -> tuple[dict[str, tuple[VaultEntry, ...]], dict[str, str]]:
    """Return what each vault holds, and why the others could not be listed."""
    entries: dict[str, tuple[VaultEntry, ...]] = {}
    read_errors: dict[str, str] = {}
    for vault in ports.inventory.vaults:
        try:
            entries[vault] = unresponsive.once(vault_source(vault), partial(ports.vault.entries, vault))
        except (TransientError, PermanentError) as failure:
            read_errors[vault_source(vault)] = str(failure)
    return entries, read_errors


def observe_guarded(
    certificate: Certificate,
    pauses: tuple[Pause, ...],
    unresponsive: UnresponsiveSystems,
    ports: Ports,
    until: datetime,
) -> CertificateReport:
    """Look at one certificate among others; a bug there is why nothing of it was seen."""
    try:
        with guard(f"looking at {certificate.name}"):
            return observe_or_explain(certificate, pauses, unresponsive, ports, until)
    except (TransientError, PermanentError) as failure:
        places = dict.fromkeys(ports.inventory.places(certificate.name), Unreachable(str(failure)))
        return CertificateReport(certificate, Observation(Journal(), None, places)).as_unread(str(failure))


def observe_or_explain(
    certificate: Certificate,
    pauses: tuple[Pause, ...],
    unresponsive: UnresponsiveSystems,
    ports: Ports,
    until: datetime | None = None,
) -> CertificateReport:
    """Look at one certificate, and at what is served even where its vault or its journal cannot be read.

    No place is looked at after `until`.
    """
    journal, lost = read_journal_or_explain(certificate, ports)
    places, vault = ports.inventory.places(certificate.name), certificate.vault
    try:
        with guard(f"reading the versions of {certificate.name}"):
            stored, wanted = read_versions(certificate, journal, unresponsive, ports)
    except (Unreadable, Unforeseen) as failure:
        lost[certificate_source(certificate.name)] = str(failure)
        stored, wanted = None, {}
    except (TransientError, PermanentError) as failure:
        lost[vault_source(vault)] = str(failure)
        stored, wanted = None, {}
    there = {
        p: observe_place_full(certificate, wanted.get(p) or stored, p, pauses, unresponsive, ports, until)
        for p in places
    }
    earlier = {place: version for place, version in wanted.items() if version != stored}
    endpoints, unasked = read_public_endpoints(certificate, stored, journal, pauses, ports)
    observation = Observation(journal, stored, there, earlier, endpoints, pauses)
    return CertificateReport(certificate, observation, {**lost, **unasked})


def read_journal_or_explain(certificate: Certificate, ports: Ports) -> tuple[Journal, dict[str, str]]:
    """Return the journal, or an empty one and why it could not be read."""
    try:
        return ports.state.certificates.read(certificate.name), {}
    except (TransientError, PermanentError) as failure:
        return Journal(), {f"journal {certificate.name}": str(failure)}


def read_versions(
    certificate: Certificate, journal: Journal, unresponsive: UnresponsiveSystems, ports: Ports
) -> tuple[StoredVersion | None, dict[Place, StoredVersion | None]]:
    """Return the newest version, and what each place is to serve."""
    stored = unresponsive.once(vault_source(certificate.vault), lambda: ports.vault.latest(certificate))
    if stored is None:
        return None, {}
    places = ports.inventory.places(certificate.name)
    return stored, {place: version_to_serve(certificate, stored, place, journal, ports) for place in places}


def read_public_endpoints(
    certificate: Certificate, stored: StoredVersion | None, journal: Journal, pauses: tuple[Pause, ...], ports: Ports
) -> tuple[Mapping[str, str], dict[str, str]]:
    """Return what is wrong at the public endpoints, or why that cannot be judged."""
    try:
        with guard(f"looking at the public endpoints of {certificate.name}"):
            if stored is None:
                return {}, {}
            return probe_public_endpoints(certificate, stored, journal, pauses, ports), {}
    except (TransientError, PermanentError) as failure:
        return {}, {endpoints_source(certificate.name): str(failure)}


def observe_place_full(
    certificate: Certificate,
    wanted: StoredVersion | None,
    place: Place,
    pauses: tuple[Pause, ...],
    unresponsive: UnresponsiveSystems,
    ports: Ports,
    until: datetime | None,
) -> PlaceObservation | ExpectedOffline | Unreachable:
    """Send every probe to every replica of a place, unless it is past `until`."""

    def look() -> PlaceObservation:
        if until is not None and ports.clock.now() >= until:
            minutes = OBSERVATION_TIME // timedelta(minutes=1)
            raise TransientError(f"not looked at: looking at what comes before it took {minutes} minutes")
        return observe_full(certificate, wanted or version_as_configured(certificate, ports), place, ports)

    return unless_unreachable(place, look, pauses, unresponsive, ports)


def version_as_configured(certificate: Certificate, ports: Ports) -> StoredVersion:
    """Return a placeholder for an unknown stored version, to probe the replicas for the names in the inventory."""
    now = ports.clock.now()
    leaf = Leaf(Thumbprint(""), frozenset(certificate.dns_names), certificate.key, now, now)
    return StoredVersion(Version(""), leaf, {})


def with_open_relay_checks(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add the result of the open relay check at each place that was seen, once however many certificates it serves."""
    offers: dict[Place, tuple[OpenRelayResult, ...]] = {}
    read_errors = dict(observations.read_errors)
    for place, there in observed_places(observations.certificates).values():
        if (recipient := place.relay.refuses_unauthenticated) is not None:
            try:
                with guard(f"offering mail to {place}"):
                    sender = place.relay.unauthenticated_sender or recipient
                    offers[place] = ports.prober.check_open_relay(open_relay_probes(there), recipient, sender)
            except (TransientError, PermanentError) as failure:
                read_errors[open_relay_source(place)] = str(failure)
    return replace(observations, open_relay_results=offers, read_errors=read_errors)


def observed_places(watched: Iterable[CertificateReport]) -> dict[str, tuple[Place, PlaceObservation]]:
    """Return each place that was seen, by its name."""
    return {
        str(place): (place, there)
        for each in watched
        for place, there in each.observation.places.items()
        if isinstance(there, PlaceObservation)
    }


def with_policies(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add the policy probes of each cluster that was seen, and why the others could not be probed."""
    probes: dict[str, tuple[PolicyProbe, ...]] = {}
    read_errors = dict(observations.read_errors)
    for cluster, places in places_to_probe(observations.certificates).items():
        try:
            with guard(f"probing the policy of {cluster}"):
                probes[cluster] = probe_cluster(places, ports)
        except (TransientError, PermanentError) as failure:
            read_errors[policy_source(cluster)] = str(failure)
    return replace(observations, policies=probes, read_errors=read_errors)


def probe_cluster(places: Iterable[Place], ports: Ports) -> tuple[PolicyProbe, ...]:
    """Try the places until we may change something at one: the policies are the same in all of them."""
    probes: tuple[PolicyProbe, ...] = ()
    for place in places:
        probes = ports.clusters.probe_policy(place.cluster, place.relay.workload, place.serves.secret)
        if any(probe.version is not None for probe in probes):
            break
    return probes


def places_to_probe(watched: Iterable[CertificateReport]) -> dict[str, list[Place]]:
    """Return the places that were seen in each cluster, each relay's once; those with a Secret come first."""
    seen = {
        str(place): (there.secret is None, place)
        for each in watched
        for place, there in each.observation.places.items()
        if isinstance(there, PlaceObservation)
    }
    found: dict[str, list[Place]] = {}
    for _, place in sorted(seen.values(), key=lambda each: each[0]):
        found.setdefault(place.cluster, []).append(place)
    return found
