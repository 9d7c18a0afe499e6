"""Which handshakes prove that a place, or a public endpoint in front of it, serves a certificate."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from shared.domain.certificates.certificate import Leaf, Thumbprint, names_of
from shared.domain.serving.place_observation import Pod
from shared.domain.serving.probe import KeyType, Probe, ProbeResult
from shared.domain.serving.served import answers_with, askable, turned_away
from shared.inventory import Endpoint, Place, RelayPort
from shared.inventory.relays import Certificate, Relay

MISS_PROBABILITY = 0.01
"""How likely it may be that a replica behind a Service's address was never asked."""

type PodEndpoint = tuple[str, str]
"""A pod's name and its address."""


def full_probes(
    certificate: Certificate, wanted: Leaf, place: Place, pods: Iterable[Pod], service: str | None
) -> list[Probe]:
    """Ask each Ready pod on each port for each of the leaf's names; without SNI too, if that is to give this one.

    If the pods are behind `service` (an address), ask there as often as it takes to meet each of them. A wildcard
    is asked for as a host that it covers.
    """
    names: list[str | None] = [*probe_hosts(certificate, wanted)]
    if place.relay.first == certificate.name:
        names.append(None)
    ready = ready_endpoints(pods)
    if service is None:
        return pod_probes(place, ready, names)
    return service_probes(place, service, names, times=handshakes_for(len(ready)))


def quick_probes(
    certificate: Certificate, wanted: Leaf, place: Place, pods: Iterable[Pod], service: str | None
) -> list[Probe]:
    """Ask each Ready pod on each port for the leaf's first name: enough for a quick observation."""
    names = probe_hosts(certificate, wanted)[:1]
    ready = ready_endpoints(pods)
    return (
        pod_probes(place, ready, names) if service is None else service_probes(place, service, names, times=len(ready))
    )


def sample_probes(probes: Sequence[Probe], results: Iterable[ProbeResult], wanted: Thumbprint) -> list[Probe]:
    """Choose one probe for each replica, while a delivery waits: one that was not answered with `wanted` before.

    Behind a Service, which hides the replicas, one in all.
    """
    unproven = {result.probe for result in results if not answers_with(wanted, result)}
    chosen: dict[str, Probe] = {}
    for probe in sorted(probes, key=lambda each: each not in unproven):
        chosen.setdefault(probe.pod, probe)
    return list(chosen.values())


def handshakes_for(replicas: int) -> int:
    """Return how many handshakes meet each of `replicas` but for one case in a hundred.

    Each handshake goes to any replica with the same chance: some replica is missed by `n` handshakes with a chance of
    at most `replicas * (1 - 1 / replicas) ** n`. Two replicas take 8, three take 15.
    """
    if replicas <= 1:
        return replicas
    return math.ceil(math.log(MISS_PROBABILITY / replicas) / math.log(1 - 1 / replicas))


def probe_hosts(certificate: Certificate, leaf: Leaf) -> list[str]:
    return [probe_host(name) for name in names_of(leaf, certificate.dns_names)]


def probe_host(name: str) -> str:
    return name.replace("*", "relaykeeper-probe")


def ready_endpoints(pods: Iterable[Pod]) -> list[PodEndpoint]:
    return [(pod.name, pod.address) for pod in pods if pod.ready and pod.address is not None]


def with_key_types(probes: Iterable[Probe], wanted: Leaf, beside: Iterable[Certificate]) -> list[Probe]:
    """Ask for the kind of key of `wanted` where a certificate `beside` it has the same name and another kind of key.

    A relay with both shows a client that takes either only the one that it prefers.
    """
    own = key_type(wanted.key)
    twins = {name for other in beside if key_type(other.key) not in (None, own) for name in other.dns_names}
    shared = wanted.names & twins
    if own is None or not shared:
        return list(probes)
    hosts = {probe_host(name) for name in shared}
    return [replace(probe, key=own) if probe.sni is None or probe.sni in hosts else probe for probe in probes]


def key_type(key: str) -> KeyType | None:
    """Return the kind of a key as the inventory names it: `ec-256`, `rsa-2048`; None for others."""
    match key.partition("-")[0]:
        case "ec":
            return "ec"
        case "rsa":
            return "rsa"
    return None


def pod_probes(place: Place, pods: Iterable[PodEndpoint], names: Sequence[str | None]) -> list[Probe]:
    return [
        probe_of(place.relay, pod, address, port.pod, name, implicit=port.implicit)
        for (pod, address), port, name in product(pods, place.relay.ports, names)
    ]


def service_probes(place: Place, address: str, names: Sequence[str | None], times: int) -> list[Probe]:
    who = f"Service {place.relay.service}"
    return [
        probe_of(place.relay, who, address, port.service, name, implicit=port.implicit)
        for port, name, _ in product(place.relay.ports, names, range(times))
    ]


def probe_of(
    relay: Relay,
    who: str,
    address: str,
    port: int,
    name: str | None,
    *,
    implicit: bool,
    resolver: Endpoint | None = None,
) -> Probe:
    """Return a probe with the relay's own time-out and EHLO name."""
    seconds = relay.timeout.total_seconds() if relay.timeout is not None else None
    return Probe(who, address, port, name, implicit, resolver, relay.helo, seconds)


def public_endpoint_probes(certificate: Certificate, relay: Relay) -> list[Probe]:
    """Ask each public endpoint of the relay for the first DNS name."""
    name = probe_host(certificate.dns_names[0])
    return [
        probe_of(
            relay,
            f"{relay.name} at {endpoint.host}:{port}",
            endpoint.host,
            port.service,
            name,
            implicit=port.implicit,
            resolver=endpoint.resolver,
        )
        for endpoint in relay.public_endpoints
        for port in (RelayPort(endpoint.port, endpoint.port),)
    ]


def public_endpoint_faults(results: Iterable[ProbeResult], served: Collection[Thumbprint]) -> Mapping[str, str]:
    """Say which public endpoints present something that none of the relay's clusters serves, and what.

    Nothing is said of those that turn us away.
    """
    known = askable(results)
    away = turned_away(known)
    return {
        result.probe.pod: fault
        for result in known
        if result not in away and (fault := public_endpoint_fault(result, served)) is not None
    }


def public_endpoint_fault(result: ProbeResult, served: Collection[Thumbprint]) -> str | None:
    if result.thumbprint is None:
        return result.failure
    if result.thumbprint not in served:
        return f"serves {result.thumbprint[:12]}, which no cluster behind it does"
    return result.chain_fault or None
