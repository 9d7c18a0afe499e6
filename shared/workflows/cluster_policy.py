"""Try in each cluster whether it holds our identity to the admission policies of infra/kubernetes/policy."""

from collections.abc import Iterable

from shared.domain.alerting.observed import Watched, policy_of
from shared.domain.cluster_policy import PolicyProbe
from shared.domain.inventory import Place
from shared.domain.places import PlaceSeen
from shared.errors import PermanentError, TransientError
from shared.ports import Ports


def probe_policies(
    watched: Iterable[Watched], ports: Ports
) -> tuple[dict[str, tuple[PolicyProbe, ...]], dict[str, str]]:
    """Return what came of it in each cluster that was seen, and why the others could not be asked.

    The policies belong to the whole cluster, so one place is enough: one whose Secret we may write, if there is any.
    """
    probes: dict[str, tuple[PolicyProbe, ...]] = {}
    blind: dict[str, str] = {}
    for cluster, place in places_to_probe(watched).items():
        try:
            probes[cluster] = ports.clusters.probe_policy(cluster, place.relay.workload, place.serves.secret)
        except (TransientError, PermanentError) as failure:
            blind[policy_of(cluster)] = str(failure)
    return probes, blind


def places_to_probe(watched: Iterable[Watched]) -> dict[str, Place]:
    """Return one place for each cluster, by name; one with a Secret that is there comes first."""
    seen = [
        (there.secret is None, place)
        for each in watched
        for place, there in each.seen.places.items()
        if isinstance(there, PlaceSeen)
    ]
    return {place.cluster: place for _, place in sorted(seen, key=lambda each: each[0], reverse=True)}
