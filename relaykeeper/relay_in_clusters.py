"""Where a relay of the inventory runs and what it should present, found in its clusters and its vault."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from shared.compose import RelaySystems
from shared.domain.certificates.certificate import names_of
from shared.domain.certificates.presented_chain import covers
from shared.domain.clients.login import ExpectedServer
from shared.domain.clients.relay_checks import ReplicaCheck, cluster_not_read, replicas_check
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.place_observation import Pod
from shared.domain.serving.probe import Probe
from shared.domain.serving.probe_plan import probe_host, probe_of, ready_endpoints
from shared.errors import PermanentError, TransientError
from shared.inventory.relays import Certificate, Relay
from shared.suggestions import named
from shared.workflows.examine import RelayToExamine
from shared.workflows.logins import roots_of


def find_relay(
    systems: RelaySystems, name: str, cluster: str | None, server_name: str | None
) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
    """Return what to examine of a relay, and a check of the replicas in each cluster; one that fails stops no other.

    Raises NotFound for a name that the inventory does not have, and what the vault raises.
    """
    relay = named("relay", name, systems.inventory.relays)
    clusters = (
        relay.clusters if cluster is None else [named("cluster", cluster, dict.fromkeys(relay.clusters, cluster))]
    )
    expected = expected_server(relay, server_name, systems)
    probes: list[Probe] = []
    checks: list[ReplicaCheck] = []
    for each in clusters:
        about = ObjectRef("cluster", each)
        try:
            pods = systems.clusters.pods(each, relay.workload)
            probes += probes_in(each, relay, expected.name, pods, systems)
        except (TransientError, PermanentError) as error:
            checks.append(ReplicaCheck(each, "", None, cluster_not_read(about, str(error))))
        else:
            checks.append(ReplicaCheck(each, "", None, replicas_check(about, pods)))
    recipient, sender = relay.refuses_unauthenticated or "", relay.unauthenticated_sender or ""
    about_relay = ObjectRef("relay", name)
    return RelayToExamine(about_relay, tuple(probes), expected, recipient=recipient, sender=sender), checks


def expected_server(relay: Relay, server_name: str | None, systems: RelaySystems) -> ExpectedServer:
    """Return what clients of the relay should meet: the newest version of a certificate, as the vault has it."""
    certificate = certificate_for(relay, server_name, systems)
    stored = systems.vault.latest(certificate)
    if stored is None:
        raise PermanentError(
            f"certificate {certificate.name} has no version in vault {certificate.vault}, so it is not known what "
            f"relay {relay.name} should present. Let it be issued first, or examine the relay with --address."
        )
    name = server_name or probe_host(names_of(stored.leaf, certificate.dns_names)[0])
    thumbprints = frozenset({stored.leaf.thumbprint})
    return ExpectedServer(
        name, datetime.now(UTC), roots_of(stored, systems.inventory, systems.trust_roots), thumbprints
    )


def certificate_for(relay: Relay, server_name: str | None, systems: RelaySystems) -> Certificate:
    served = [systems.inventory.certificates[each.certificate] for each in relay.serves]
    if server_name is None:
        return served[0]
    for certificate in served:
        if any(covers(pattern, server_name.lower()) for pattern in certificate.dns_names):
            return certificate
    known = ", ".join(name for certificate in served for name in certificate.dns_names)
    raise PermanentError(f"relay {relay.name} serves no certificate for {server_name}, only for {known}")


def probes_in(cluster: str, relay: Relay, name: str, pods: Sequence[Pod], systems: RelaySystems) -> Iterator[Probe]:
    """Probe each Ready pod on each port; behind a Service, which hides them, its address once per port."""
    if relay.service is None:
        for pod, address in ready_endpoints(pods):
            for port in relay.ports:
                yield probe_of(relay, f"{cluster}/{pod}", address, port.pod, name, implicit=port.implicit)
        return
    address = systems.clusters.service_address(cluster, relay.workload.namespace, relay.service)
    who = f"{cluster}/Service {relay.service}, one of {len(pods)}"
    for port in relay.ports:
        yield probe_of(relay, who, address, port.service, name, implicit=port.implicit)
