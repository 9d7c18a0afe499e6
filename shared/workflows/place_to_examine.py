"""What is examined of a relay in one cluster: its Ready replicas at each port, and the client that logs in there."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from shared.domain.clients.client_file import file_diff, read_file_annotation
from shared.domain.clients.login import ExpectedServer
from shared.domain.clients.relay_checks import ReplicaCheck, cluster_not_read, not_tried, replicas_check
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.login_targets import LoginTarget, login_targets
from shared.domain.object_ref import ObjectRef, Version
from shared.domain.serving.place_observation import Pod, WorkloadObservation
from shared.domain.serving.probe import Probe
from shared.errors import PermanentError, TransientError
from shared.inventory import Inventory, Place
from shared.inventory.clients import Client
from shared.inventory.relays import Relay
from shared.suggestions import named
from shared.workflows.examine import ProbeClient, RelayToExamine
from shared.workflows.expected_server import RelaySystems
from shared.workflows.logins import probe_at, require_use
from shared.workflows.observe_client import password_ref


class ReplicaToExamine(NamedTuple):
    """A Ready replica, or the Service that hides them: its name in the journal of logins, and a probe for each port."""

    name: str
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class PlaceToExamine:
    """What is examined at a place, and the checks of what stands in the way."""

    place: Place
    replicas: tuple[ReplicaToExamine, ...]
    checks: tuple[ReplicaCheck, ...]
    client: ProbeClient | None = None

    def relay(self, expected: ExpectedServer) -> RelayToExamine:
        """Return all that is to be examined here."""
        relay, probes = self.place.relay, tuple(probe for replica in self.replicas for probe in replica.probes)
        clients = {} if self.client is None else {probe.pod: self.client for probe in probes}
        about = ObjectRef("relay", relay.name)
        recipient, sender = relay.refuses_unauthenticated or "", relay.unauthenticated_sender or ""
        return RelayToExamine(about, probes, expected, clients, recipient, sender)


def places_to_examine(relay: Relay, cluster: str | None, inventory: Inventory) -> tuple[Place, ...]:
    """Return the relay in one of its clusters, or in each. Raises NotFound for a name that is none of them."""
    places = {place.cluster: place for place in inventory.places_of(relay)}
    return tuple(places.values()) if cluster is None else (named("cluster", cluster, places),)


def find_place(
    place: Place, expected: ExpectedServer, systems: RelaySystems, *, as_probe_client: bool
) -> PlaceToExamine:
    """Find a place's replicas and, where that is asked for, the probe client's password. A failure is a check."""
    relay, workload = place.relay, place.relay.workload
    try:
        pods = systems.clusters.pods(place.cluster, workload)
        service = relay.service and systems.clusters.service_address(place.cluster, workload.namespace, relay.service)
    except (TransientError, PermanentError) as error:
        check = cluster_not_read(ObjectRef("cluster", place.cluster), str(error))
        return PlaceToExamine(place, (), (ReplicaCheck(place.cluster, "", None, check),))
    targets = login_targets(place, WorkloadObservation(pods, service=service))
    replicas = tuple(replica_to_examine(place, target, pods, expected) for target in targets)
    check = replicas_check(ObjectRef("cluster", place.cluster), pods)
    found = PlaceToExamine(place, replicas, (ReplicaCheck(place.cluster, "", None, check),))
    return with_probe_client(found, systems) if as_probe_client else found


def replica_to_examine(
    place: Place, target: LoginTarget, pods: tuple[Pod, ...], expected: ExpectedServer
) -> ReplicaToExamine:
    """Return a replica with a probe per port. Behind a Service that is one of so many, as its probes say."""
    who = target.name if place.relay.service is None else f"{target.name}, one of {len(pods)}"
    probes = (probe_at(place, target, port, expected) for port in place.relay.ports)
    return ReplicaToExamine(target.name, tuple(replace(probe, pod=who) for probe in probes))


def with_probe_client(found: PlaceToExamine, systems: RelaySystems) -> PlaceToExamine:
    """Add the relay's probe client with the password that the place should take; or a check that says why it cannot."""
    place = found.place
    try:
        client = probe_client_of(place.relay, systems.inventory)
        stored = probe_password(client, place, systems)
    except (TransientError, PermanentError) as error:
        return without_login(found, str(error))
    return replace(found, client=ProbeClient(client.user, stored.password))


def without_login(found: PlaceToExamine, why: str) -> PlaceToExamine:
    """Return a place where no client logs in, with the check that says why."""
    check = not_tried(ObjectRef("relay", found.place.relay.name), f"the probe client does not log in: {why}")
    return replace(found, client=None, checks=(*found.checks, ReplicaCheck(found.place.cluster, "", None, check)))


def probe_client_of(relay: Relay, inventory: Inventory) -> Client:
    if relay.probe_client is None:
        raise PermanentError(f"relay {relay.name} has no probe_client in the inventory")
    return inventory.clients[relay.probe_client]


def probe_password(client: Client, place: Place, systems: RelaySystems) -> StoredPassword:
    """Return the version of the probe client's password that its file at a place holds; where something else brings
    the files, the newest. Raises PermanentError if there is none, or it is not marked as a probe client's."""
    ref, secret = password_ref(client), place.relay.clients.secret
    version = None if secret is None else file_version(client, place, secret, systems)
    stored = systems.vault.password(ref, version)
    if stored is None:
        raise PermanentError(f"{ref} does not exist, or the version that its file holds is gone or disabled")
    require_use(client, place.relay, stored)
    return stored


def file_version(client: Client, place: Place, secret: str, systems: RelaySystems) -> Version:
    """Return the version that the client's file holds. Raises PermanentError where it is not as we wrote it for a probe
    client."""
    namespace = place.relay.workload.namespace
    snapshot = systems.clusters.secret(place.cluster, namespace, secret)
    said = read_file_annotation(client.name, snapshot)
    version = next(iter(said.versions if said is not None else ()), Version(""))
    if (fault := file_diff(client, version, snapshot)) is not None:
        raise PermanentError(f"Secret {namespace}/{secret} in {place.cluster}: {fault.message}")
    if said is None or said.covers is None:
        raise PermanentError(
            f"Secret {namespace}/{secret} in {place.cluster}: the file of {client.name} is no probe client's, so its "
            "password may be in use. Name another client as probe_client, with a new user and a new secret"
        )
    return version
