"""Observe every client of a fleet under one look: those of the inventory, and those that only a cluster lists."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice

from shared.domain.client_assessment import ClientAssessment, assess_client
from shared.domain.client_observation import AnyClientPlaceObservation, ClientObservation
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.serving.place_observation import ProviderObject, Unreachable
from shared.domain.sources import client_journal_source
from shared.domain.undeclared_names import undeclared_objects
from shared.errors import PermanentError, TransientError, Unforeseen
from shared.guard import guard
from shared.inventory import Inventory, Place
from shared.inventory.clients import USER, Client
from shared.inventory.names import fits
from shared.inventory.relays import Relay
from shared.ports import Ports
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client, observe_client_place

LONGEST_ID = 63
"""Characters of a client's ID (DNS_LABEL)."""

MOST_LISTED = 200
"""Clients that are learned from clusters: each costs a read of its vault at each watch. The others are only reported as
undeclared."""

NEWEST_OF_HISTORY = "/0"
"""The newest version, where a class has older ones mounted too: the file is a folder then."""

type ListedClient = tuple[Client, frozenset[Place]]
"""A client that only clusters list, and the places that do."""


def observe_clients(look: Look, ports: Ports) -> tuple[ClientAssessment, ...]:
    """Return every client, assessed, one after the other; what cannot be read is part of its assessment.

    Clients that only a SecretProviderClass lists are in mode observe, at the places that list them. Afterwards
    `look.client_places` has each place of each relay that has clients.
    """
    inventory = ports.inventory
    for place in places_with_clients(inventory):
        observe_client_place(place, look, ports)
    listed = listed_clients(look.client_places, inventory)
    known = [assess_full_client(client, look, ports) for client in inventory.clients.values()]
    return (*known, *(assess_listed(each, look, ports) for each in listed))


def places_with_clients(inventory: Inventory) -> tuple[Place, ...]:
    """Return the places of the relays that have clients, or from which the inventory wants to learn some."""
    relays = [each for each in inventory.relays.values() if has_clients(each, inventory)]
    return tuple(place for relay in relays for place in inventory.places_of(relay))


def has_clients(relay: Relay, inventory: Inventory) -> bool:
    clients = relay.clients
    return clients.secret is not None or clients.source is not None or bool(inventory.clients_of(relay.name))


def assess_full_client(client: Client, look: Look, ports: Ports) -> ClientAssessment:
    """Look at one client among others, and assess it; a bug is why it, or one of its places, was not observed."""
    try:
        with guard(f"looking at client {client.name}"):
            observation = observe_client_or_explain(client, look, ports)
    except (TransientError, PermanentError) as failure:
        places = dict.fromkeys(ports.inventory.client_places(client), Unreachable.after(failure))
        nothing = ClientObservation(client, ports.clock.now(), ClientJournal(), places=places, pauses=look.pauses)
        observation = nothing.as_unread(str(failure))
    return judgeable_client(observation)


def observe_client_or_explain(client: Client, look: Look, ports: Ports) -> ClientObservation:
    """Look at one client, also where its journal cannot be read. One that the inventory does not have has none."""
    journal, unread = ClientJournal(), dict[str, str]()
    if client.name in ports.inventory.clients:
        try:
            journal = ports.state.clients.read(client.name)
        except (TransientError, PermanentError) as failure:
            unread = {client_journal_source(client.name): str(failure)}
    observation = observe_client(client, journal, look, ports)
    return replace(observation, read_errors={**unread, **observation.read_errors})


def judgeable_client(
    observation: ClientObservation, judge: Callable[[ClientAssessment], object] = lambda assessment: assessment
) -> ClientAssessment:
    """Return what can be assessed of a client, and judged by `judge`; the rest as not observed, and why.

    Left out is each place that `judge` fails on, or else the whole client.
    """
    name = observation.client.name
    unjudged: dict[Place, AnyClientPlaceObservation] = {}
    for doing, places in [(name, ()), *((f"{name} at {place}", (place,)) for place in observation.places)]:
        try:
            with guard(f"judging client {doing}"):
                judge(assess_client(observation.only_at(places)))
        except Unforeseen as failure:
            if not places:
                return assess_client(observation.as_unread(str(failure)))
            unjudged |= dict.fromkeys(places, Unreachable.after(failure))
    return assess_client(replace(observation, places={**observation.places, **unjudged}))


def assess_listed(listed: ListedClient, look: Look, ports: Ports) -> ClientAssessment:
    """Look at a client that only clusters list; nothing is expected where it is not listed."""
    client, places = listed
    return assess_client(assess_full_client(client, look, ports).observation.only_at(places))


def listed_clients(places: dict[Place, AnyClientPlaceObservation], inventory: Inventory) -> tuple[ListedClient, ...]:
    """Return a client for each secret that a SecretProviderClass lists and no client of the inventory has there.

    A secret whose vault is not known is left out: it is only reported as undeclared. A place whose list meets a bug
    becomes one that was not observed.
    """
    found: dict[tuple[str, str], tuple[ProviderObject, list[Place]]] = {}
    for place, there in tuple(places.items()):
        try:
            with guard(f"reading which clients {place} lists"):
                if (vault := inventory.clients_vault(place.relay)) is None:
                    continue
                for each in undeclared_objects(place, there, inventory):
                    found.setdefault((vault, each.name.lower()), (each, []))[1].append(place)
        except Unforeseen as failure:
            places[place] = Unreachable.after(failure)
    clients = dict[str, ListedClient]()
    for (vault, _), (each, where) in islice(found.items(), MOST_LISTED):
        client = listed_client(each, vault, where, inventory.clients.keys() | clients.keys())
        clients[client.name] = client, frozenset(where)
    return tuple(clients.values())


def listed_client(listed: ProviderObject, vault: str, places: Sequence[Place], taken: Collection[str]) -> Client:
    """Return the client whose password a listed secret is, with an ID that is not taken."""
    relays = list(dict.fromkeys(place.relay.name for place in places))
    name = next(each for each in possible_ids(listed.name, relays[0]) if each not in taken)
    file = listed.file.removesuffix(NEWEST_OF_HISTORY).rpartition("/")[2]
    user = next(each for each in (file, listed.name, name) if fits(USER, each))
    return Client.model_validate({"name": name, "user": user, "vault": vault, "secret": listed.name, "relays": relays})


def possible_ids(secret: str, relay: str) -> Iterator[str]:
    """Yield IDs for a client that has this secret at a relay: the name itself, if nothing else is called so."""
    own = secret.lower().strip("-") or "listed"
    yield own[:LONGEST_ID].rstrip("-")
    yield f"{own}-{relay}"[:LONGEST_ID].rstrip("-")
    for number in count(2):
        suffix = f"-{number}"
        yield f"{own[: LONGEST_ID - len(suffix)]}{suffix}"
