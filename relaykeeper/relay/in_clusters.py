"""What `verify-relay` examines of a relay of the inventory: its replicas in each cluster, and what they present."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared.domain.clients.relay_checks import ReplicaCheck
from shared.suggestions import named
from shared.workflows.examine import RelayToExamine
from shared.workflows.expected_server import RelaySystems, expected_server
from shared.workflows.place_to_examine import find_place, places_to_examine


def find_relay(
    systems: RelaySystems, name: str, cluster: str | None, server_name: str | None, *, as_probe_client: bool = False
) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
    """Return what to examine of a relay, and a check of the replicas in each cluster; one that fails stops no other.

    `as_probe_client`: the relay's probe client logs in, where its password can be had; else a check says why not.
    Raises NotFound for a name that the inventory does not have, and what the vault of the certificate raises.
    """
    relay = named("relay", name, systems.inventory.relays)
    places = places_to_examine(relay, cluster, systems.inventory)
    expected = expected_server(relay, systems, datetime.now(UTC), server_name)
    found = [find_place(place, expected, systems, as_probe_client=as_probe_client) for place in places]
    parts = [each.relay(expected) for each in found]
    probes = tuple(probe for part in parts for probe in part.probes)
    clients = {pod: client for part in parts for pod, client in part.clients.items()}
    return replace(parts[0], probes=probes, clients=clients), [check for each in found for check in each.checks]
