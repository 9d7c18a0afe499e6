"""Look at everything that concerns an SMTP client, changing nothing and logging in nowhere."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from shared.domain.client_observation import (
    AnyClientPlaceObservation,
    ClientObservation,
    ClientPlaceObservation,
    PasswordFacts,
)
from shared.domain.clients.client_file import probe_proves, proves_content
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.holds import expected_offline
from shared.domain.serving.place_observation import (
    SecretSnapshot,
    Unreachable,
)
from shared.domain.sources import client_source, vault_source
from shared.errors import PermanentError, TransientError, Unforeseen, Unreadable
from shared.guard import guard
from shared.inventory import Place, SecretReference
from shared.inventory.clients import Client
from shared.ports import Ports
from shared.workflows.observe import Look

log = logging.getLogger("relaykeeper.clients")


def password_ref(client: Client) -> SecretReference:
    """Return where a client's password is."""
    return SecretReference(client.vault, client.secret)


def observe_client(
    client: Client, journal: ClientJournal, look: Look, ports: Ports, places: Iterable[Place] | None = None
) -> ClientObservation:
    """Look at the newest password in the vault and at each place, or at these `places` alone.

    What cannot be read is part of the observation.
    """
    at, read_errors = ports.clock.now(), dict[str, str]()
    places = ports.inventory.client_places(client) if places is None else places
    return ClientObservation(
        client,
        at,
        journal,
        read_password_facts(client, look, read_errors, ports),
        is_managed_probe(client, ports),
        {place: observe_client_place(place, look, ports) for place in places},
        look.pauses,
        read_errors,
    )


def is_managed_probe(client: Client, ports: Ports) -> bool:
    """Say whether a client is the probe client of its relay, and we write that relay's files."""
    relays = (ports.inventory.relays[name] for name in client.relays)
    return any(relay.probe_client == client.name and relay.clients.sync == "secret" for relay in relays)


def read_password_facts(client: Client, look: Look, read_errors: dict[str, str], ports: Ports) -> PasswordFacts | None:
    """Return what is known of the newest password; None, with a reason in `read_errors`, where it cannot be read."""
    try:
        with guard(f"reading the password of {client.name}"):
            stored = look.once(vault_source(client.vault), lambda: ports.vault.password(password_ref(client)))
    except (TransientError, PermanentError) as failure:
        own = isinstance(failure, Unreadable | Unforeseen)
        read_errors[client_source(client.name) if own else vault_source(client.vault)] = str(failure)
        return None
    return PasswordFacts.of(stored, look.fingerprint_key) if stored is not None else None


def observe_client_place(place: Place, look: Look, ports: Ports) -> AnyClientPlaceObservation:
    """Return what is seen of clients at a place, once in a look however many clients there are."""
    if place not in look.client_places:
        look.client_places[place] = read_client_place(place, look, ports)
    return look.client_places[place]


def read_client_place(place: Place, look: Look, ports: Ports) -> AnyClientPlaceObservation:
    def look_there() -> ClientPlaceObservation:
        workload, secret = look.workload(place, ports), read_clients_secret(place, ports)
        return with_mounts(ClientPlaceObservation(workload, secret), place, ports)

    try:
        with guard(f"looking at the clients of {place}"):
            look.require_time(ports)
            there = look.once(f"cluster {place.cluster}", look_there)
        return with_proofs(there, place, ports)
    except (TransientError, PermanentError) as error:
        return expected_offline(place, look.pauses, ports.clock.now()) or Unreachable.after(error)


def read_clients_secret(place: Place, ports: Ports) -> SecretSnapshot | None:
    name = place.relay.clients.secret
    return ports.clusters.secret(place.cluster, place.relay.workload.namespace, name) if name is not None else None


def with_mounts(there: ClientPlaceObservation, place: Place, ports: Ports) -> ClientPlaceObservation:
    """Add what a CSI driver brought to the pods, and what its SecretProviderClass lists, where the inventory names one.

    One that does not exist lists nothing, and that is said.
    """
    source, workload = place.relay.clients.source, place.relay.workload
    if source is None:
        return there
    listed = ports.clusters.provider_objects(place.cluster, workload.namespace, source.secretproviderclass)
    mounts = ports.clusters.mounts(place.cluster, workload)
    return replace(
        there,
        mounts=tuple(each for each in mounts if each.provider_class == source.secretproviderclass),
        listed=() if listed is None else listed,
        missing_class=missing_class(place, source.secretproviderclass) if listed is None else "",
    )


def missing_class(place: Place, name: str) -> str:
    return (
        f"SecretProviderClass {place.relay.workload.namespace}/{name} does not exist in {place.cluster}: create it, or "
        f"correct from.secretproviderclass of relay {place.relay.name} in the inventory"
    )


def with_proofs(there: ClientPlaceObservation, place: Place, ports: Ports) -> ClientPlaceObservation:
    """Add what the probe client proves, where the relay has one and we write the files.

    Nothing if its journal cannot be read, which the look at that client itself reports.
    """
    name, content = place.relay.probe_client, place.relay.clients.content
    if name is None or place.relay.clients.sync == "none":
        return there
    try:
        state = ports.state.clients.read(name).at(str(place))
    except (TransientError, PermanentError) as failure:
        log.warning("what the probe client proves at %s is not known: %s", place, failure)
        return replace(there, probe_proves=False)
    what = ports.inventory.clients[name], content, there.secret, state, there.workload.pods
    return replace(there, probe_proves=probe_proves(*what), content_proven=proves_content(*what))
