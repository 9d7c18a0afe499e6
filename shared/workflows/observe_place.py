"""Look at one place: its workload, its Secret, and what each replica serves. Nothing is changed."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from cryptography import x509

from shared.domain.certificates.certificate import Leaf, StoredVersion
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.certificates.presented_chain import presented_fault
from shared.domain.certificates.vault_tags import issuer_tag
from shared.domain.serving.place_observation import PlaceObservation, Pod, Rollout, WorkloadObservation
from shared.domain.serving.place_state import PlaceState
from shared.domain.serving.probe import Probe, ProbeResult
from shared.domain.serving.probe_plan import full_probes, quick_probes, sample_probes, with_key_types
from shared.domain.serving.served import all_serve
from shared.inventory import Place
from shared.inventory.relays import Certificate, Relay
from shared.ports import Ports

ProbeChoice = Callable[[Certificate, Leaf, Place, Iterable[Pod], str | None], list[Probe]]


def quick_look(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    state: PlaceState,
    workload: WorkloadObservation,
    ports: Ports,
) -> PlaceObservation:
    """Look at a place; ask how its rollout stands unless the replicas proven last time still serve `wanted`."""
    observation = probe_place(certificate, wanted, place, quick_probes, workload, ports)
    proven = state.verified is not None and state.verified.replicas == len(workload.pods)
    if proven and all_serve(wanted.leaf.thumbprint, observation):
        return observation
    return with_rollout(observation, place, ports)


def full_look(certificate: Certificate, wanted: StoredVersion, place: Place, ports: Ports) -> PlaceObservation:
    """Look at a place with its rollout, sending every probe to every replica."""
    observation = probe_place(certificate, wanted, place, full_probes, read_workload(place, ports), ports)
    return with_rollout(observation, place, ports)


def sample_look(
    certificate: Certificate, wanted: StoredVersion, place: Place, last: Iterable[ProbeResult], ports: Ports
) -> PlaceObservation:
    """Look at a place with its rollout, sending one probe to each replica: enough while a delivery waits for it.

    `last` are the results of the last full look: what was not proven then is probed first.
    """

    def one_each(*context: Any) -> list[Probe]:
        return sample_probes(full_probes(*context), last, wanted.leaf.thumbprint)

    observation = probe_place(certificate, wanted, place, one_each, read_workload(place, ports), ports)
    return with_rollout(observation, place, ports)


def read_workload(place: Place, ports: Ports) -> WorkloadObservation:
    relay, cluster = place.relay, place.cluster
    pods = ports.clusters.pods(cluster, relay.workload)
    if relay.service is None:
        return WorkloadObservation(pods)
    service = ports.clusters.service_address(cluster, relay.workload.namespace, relay.service)
    return WorkloadObservation(pods, service=service)


def with_rollout(observation: PlaceObservation, place: Place, ports: Ports) -> PlaceObservation:
    return replace(observation, workload=replace(observation.workload, rollout=read_rollout(place, ports)))


def read_rollout(place: Place, ports: Ports) -> Rollout:
    return ports.clusters.rollout(place.cluster, place.relay.workload)


def probe_place(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    choose: ProbeChoice,
    workload: WorkloadObservation,
    ports: Ports,
) -> PlaceObservation:
    name, namespace = place.relay.serving(certificate.name).secret, place.relay.workload.namespace
    secret = ports.clusters.secret(place.cluster, namespace, name) if name is not None else None
    probes = choose(certificate, wanted.leaf, place, workload.pods, workload.service)
    return PlaceObservation(workload, secret, probe(certificate, wanted, place.relay, probes, ports))


def probe(
    certificate: Certificate, wanted: StoredVersion, relay: Relay, probes: Iterable[Probe], ports: Ports
) -> tuple[ProbeResult, ...]:
    """Send the probes, and judge each presented chain of `wanted` as a client that trusts the issuer's roots.

    For a version that we did not issue, the end of its own chain is taken as the root.
    """
    beside = ports.inventory.served_beside(certificate.name, relay)
    issuer, now = ports.inventory.issuers.get(issuer_tag(wanted) or ""), ports.clock.now()
    roots = ports.trust_roots.of_issuer(issuer) if issuer is not None else ()
    results = ports.prober.probe(with_key_types(probes, wanted.leaf, beside))
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
