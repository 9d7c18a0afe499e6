"""Try in each cluster whether it holds our identity to the admission policies of infra/kubernetes/policy."""

from collections.abc import Iterable
from dataclasses import replace

from shared.domain.cluster_policy import PolicyProbe
from shared.domain.places import PlaceSeen
from shared.domain.report import CertificateReport, FleetReport, policy_source
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.ports import Ports


def with_policies(observations: FleetReport, ports: Ports) -> FleetReport:
    """Add what came of it in each cluster that was seen, and why the others could not be asked."""
    probes: dict[str, tuple[PolicyProbe, ...]] = {}
    blind = dict(observations.read_errors)
    for cluster, places in places_to_probe(observations.certificates).items():
        try:
            with guard(f"probing the policy of {cluster}"):
                probes[cluster] = probe_cluster(places, ports)
        except (TransientError, PermanentError) as failure:
            blind[policy_source(cluster)] = str(failure)
    return replace(observations, policies=probes, read_errors=blind)


def probe_cluster(places: Iterable[Place], ports: Ports) -> tuple[PolicyProbe, ...]:
    """Try the places until there is one where we have a right to change anything: the policies hold in all alike."""
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
        if isinstance(there, PlaceSeen)
    }
    found: dict[str, list[Place]] = {}
    for _, place in sorted(seen.values(), key=lambda each: each[0]):
        found.setdefault(place.cluster, []).append(place)
    return found
