"""Say what an inventory that is not deployed yet would change. Nothing is changed, and nothing is contacted that the
deployed inventory does not name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, get_args

from shared.domain.assessment import Finding
from shared.domain.client_assessment import ClientFinding
from shared.domain.inventory_changes import ObjectChange, looked_at, new_places, object_changes, unlabelled
from shared.domain.issuing.due import DueReason
from shared.domain.requests import Request
from shared.domain.serving.place_observation import UnreachableReason
from shared.errors import NotAllowed
from shared.inventory import Inventory, parse
from shared.inventory.clients import Client
from shared.inventory.field_kinds import FieldValue, foreign_addresses
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.workflows.client_plan import PlannedClient, loss_or_explain, plan_client
from shared.workflows.observe import Look
from shared.workflows.pauses import active_pauses
from shared.workflows.plan import Planned, plan_one
from shared.workflows.requests import open_requests

LOOKING_TIME = timedelta(minutes=2)
"""After that no further place is looked at: Azure ends a call after 230 seconds."""

DUE: frozenset[str] = frozenset(get_args(DueReason))
UNSEEN: frozenset[str] = frozenset(get_args(UnreachableReason))


class ForeignAddresses(NotAllowed):
    """An inventory has addresses that the deployed one does not have, all of which are `addresses`."""

    def __init__(self, addresses: Sequence[FieldValue]) -> None:
        paths = ", ".join(dict.fromkeys(each.path for each in addresses))
        super().__init__(
            f"the inventory names addresses that are not deployed under the same names: {paths}. A plan contacts only "
            "what is deployed, so that nobody has the app's tokens sent elsewhere: plan the wishes without them, and "
            "let people review the addresses"
        )
        self.addresses = tuple(addresses)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What deploying the inventory would do about one certificate or client, beside what a tick does already.

    `orders`: a new version is issued, or a password made. `relays`: to how many relays something is brought, new places
    included; `restarts`: in how many of the places the workload is restarted in any case. `new_places` were not looked
    at: the deployed inventory does not have them. `todo`, `held`: what a tick would do or hold there and does not yet.
    """

    kind: Literal["certificate", "client"]
    name: str
    orders: bool = False
    relays: int = 0
    restarts: int = 0
    new_places: tuple[str, ...] = ()
    todo: tuple[Finding | ClientFinding, ...] = ()
    held: tuple[Finding | ClientFinding, ...] = ()
    error: str = ""

    @property
    def does_something(self) -> bool:
        return bool(self.orders or self.relays or self.restarts or self.todo)


@dataclass(frozen=True, slots=True)
class InventoryPlan:
    """What differs in an inventory, and what comes of it. `loss`: that it lacks several clients that are known."""

    differences: tuple[ObjectChange, ...]
    changes: tuple[PlannedChange, ...]
    loss: str | None

    @property
    def does_something(self) -> bool:
        return any(each.does_something for each in self.changes)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two inventories: all that it wants, and the ports that look at what is deployed of it."""

    wanted: Inventory
    ports: Ports
    loss: str | None


def plan_inventory(text: str, ports: Ports) -> InventoryPlan:
    """Compare an inventory with the deployed one, and look at what differs.

    Raises ConfigError with everything that is wrong in it, ForeignAddresses, and what reading requests and pauses
    raises.
    """
    given, deployed = parse(text), ports.inventory
    if foreign := foreign_addresses(given, deployed):
        raise ForeignAddresses(foreign)
    known, whole = replace(ports, inventory=looked_at(given, deployed)), replace(ports, inventory=given)
    before, after = Side(deployed, ports, loss_or_explain(ports)), Side(given, known, loss_or_explain(whole))
    look = Look("quick", active_pauses(ports), until=ports.clock.now() + LOOKING_TIME, allowed=LOOKING_TIME)
    requests = open_requests(ports)
    old, new = unlabelled(deployed), unlabelled(given)
    changes = (
        *(plan_certificate(each, before, after, requests, look) for each in changed_certificates(old, new)),
        *(plan_changed_client(each, before, after, requests, look) for each in changed_clients(old, new)),
    )
    return InventoryPlan(tuple(object_changes(deployed, given)), changes, after.loss)


def changed_certificates(deployed: Inventory, given: Inventory) -> Iterable[Certificate]:
    """Return the certificates that differ, or whose places do. Of what left the inventory nothing is changed."""
    for name, each in given.certificates.items():
        if each != deployed.certificates.get(name) or given.places(name) != deployed.places(name):
            yield each


def changed_clients(deployed: Inventory, given: Inventory) -> Iterable[Client]:
    for name, each in given.clients.items():
        other = deployed.clients.get(name)
        if other is None or each != other or given.client_places(each) != deployed.client_places(other):
            yield each


def plan_certificate(
    certificate: Certificate, before: Side, after: Side, requests: list[Request], look: Look
) -> PlannedChange:
    name = certificate.name
    planned, old = plan_one(certificate, requests, look, after.ports), Planned(name)
    if (deployed := before.wanted.certificates.get(name)) is not None:
        old = plan_one(deployed, requests, look, before.ports)
    places = after.wanted.places(name)
    todo, unseen = added(planned.todo, old.todo), new_places(places, after.ports.inventory.places(name))
    managed = certificate.mode == "manage"
    order = any(each.reason in DUE for each in todo)
    touched = {str(each.place) for each in todo if each.place is not None}
    touched |= set(unseen if managed else ()) | {str(place) for place in places if order}
    reached = [place for place in places if str(place) in touched and place.relay.sync == "secret"]
    return PlannedChange(
        "certificate",
        name,
        orders=order,
        relays=len({place.relay.name for place in reached}),
        restarts=sum(place.relay.reload == "restart" for place in reached),
        new_places=unseen,
        todo=todo,
        held=added(planned.held, old.held),
        error=why_not_seen(planned),
    )


def plan_changed_client(
    client: Client, before: Side, after: Side, requests: list[Request], look: Look
) -> PlannedChange:
    name, managed = client.name, client.mode == "manage"
    planned, old = PlannedClient(name), PlannedClient(name)
    if (known := after.ports.inventory.clients.get(name)) is not None:
        planned = plan_client(known, requests, after.loss, look, after.ports)
    if (deployed := before.wanted.clients.get(name)) is not None:
        old = plan_client(deployed, requests, before.loss, look, before.ports)
    places = after.wanted.client_places(client)
    unseen = new_places(places, after.ports.inventory.client_places(known) if known is not None else ())
    todo = added(planned.todo, old.todo)
    touched = {str(each.place) for each in todo if each.place is not None} | set(unseen if managed else ())
    return PlannedChange(
        "client",
        name,
        orders=managed and (known is None or any(each.place is None for each in todo)),
        relays=len({place.relay.name for place in places if str(place) in touched}),
        new_places=unseen,
        todo=todo,
        held=added(planned.held, old.held),
        error=why_not_seen(planned),
    )


def why_not_seen(planned: Planned | PlannedClient) -> str:
    """Say what could not be looked at; empty where everything could."""
    return "; ".join(filter(None, [planned.error, *(str(each) for each in planned.todo if each.reason in UNSEEN)]))


def added[F: Finding | ClientFinding](after: Iterable[F], before: Iterable[F]) -> tuple[F, ...]:
    """Return what was not found before, though a moment or a number in its words may differ. That a place could not be
    looked at is nothing to be done."""
    known = {(each.reason, str(each.place)) for each in before}
    return tuple(each for each in after if each.reason not in UNSEEN and (each.reason, str(each.place)) not in known)
