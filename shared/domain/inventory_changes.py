"""How one inventory differs from another in what it wants, and which of it the app looks at already."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from shared.inventory import Inventory, Place, Relay, SecretReference
from shared.inventory.clients import Client

ObjectKind = Literal["certificate", "client", "relay", "cluster", "issuer", "zone", "everything"]

SECTIONS: Mapping[ObjectKind, str] = {
    "certificate": "certificates",
    "client": "clients",
    "relay": "relays",
    "cluster": "clusters",
    "issuer": "issuers",
    "zone": "zones",
}
"""Objects by name, in the order in which they are shown. What is left is about everything."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs: what it has that it had not, and the other way round; of a single value both."""

    field: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """An object of the inventory that is new, gone or other than before."""

    kind: ObjectKind
    name: str
    change: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...] = ()


def object_changes(before: Inventory, after: Inventory) -> Iterator[ObjectChange]:
    """Yield each object that differs, by kind, in the order of the inventory."""
    for kind, section in SECTIONS.items():
        old: Mapping[str, BaseModel] = getattr(before, section)
        new: Mapping[str, BaseModel] = getattr(after, section)
        for name in dict.fromkeys([*new, *old]):
            if name not in old:
                yield ObjectChange(kind, name, "added")
            elif name not in new:
                yield ObjectChange(kind, name, "removed")
            elif fields := tuple(field_changes(old[name], new[name])):
                yield ObjectChange(kind, name, "changed", fields)
    if rest := (*compared("freeze", before.freeze, after.freeze), *field_changes(before.alerts, after.alerts)):
        yield ObjectChange("everything", "", "changed", rest)


def field_changes(before: BaseModel, after: BaseModel) -> Iterator[FieldChange]:
    for name, field in type(after).model_fields.items():
        yield from compared(field.alias or name, getattr(before, name), getattr(after, name))


def compared(field: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if before == after:
        return
    old, new = tuple(items(before)), tuple(items(after))
    added, removed = tuple(each for each in new if each not in old), tuple(each for each in old if each not in new)
    yield FieldChange(field, added, removed)


def items(value: Any) -> Iterator[str]:
    """Yield a value, or each of several, as one line."""
    match value:
        case None | "":
            return
        case tuple():
            for each in value:
                yield from items(each)
        case Mapping():
            yield from (f"{key}: {', '.join(items(each))}" for key, each in value.items())
        case BaseModel():
            given = ((name, ", ".join(items(getattr(value, name)))) for name in sorted(value.model_fields_set))
            yield " ".join(f"{name}={text}" for name, text in given)
        case _:
            yield str(value)


def unlabelled(inventory: Inventory) -> Inventory:
    """Return the inventory without labels, which change nothing that is done."""
    sections = ("certificates", "clients", "relays")
    return inventory.model_copy(
        update={
            section: {
                name: each.model_copy(update={"labels": {}}) for name, each in getattr(inventory, section).items()
            }
            for section in sections
        }
    )


def looked_at(given: Inventory, deployed: Inventory) -> Inventory:
    """Return what of an inventory the app looks at already by the deployed one: its relays and clients, there.

    A relay is looked at in a cluster if the deployed inventory has it there with the same workload, Service, ports and
    Secrets; a client if its password is one of the deployed inventory's. All certificates stay.
    """
    relays = {name: kept for name, relay in given.relays.items() if (kept := known_relay(relay, deployed)) is not None}
    refs = {password_of(client) for client in deployed.clients.values()}
    clients = {
        name: client.model_copy(update={"relays": tuple(each for each in client.relays if each in relays)})
        for name, client in given.clients.items()
        if password_of(client) in refs
    }
    proven = {
        name: relay if relay.probe_client in clients else relay.model_copy(update={"probe_client": None})
        for name, relay in relays.items()
    }
    return given.model_copy(update={"relays": proven, "clients": clients})


def password_of(client: Client) -> SecretReference:
    return SecretReference(client.vault, client.secret.lower())


def known_relay(relay: Relay, deployed: Inventory) -> Relay | None:
    """Return the relay in those of its clusters in which the deployed inventory reads the same of it."""
    other = deployed.relays.get(relay.name)
    if other is None or not sources_of(relay) <= sources_of(other):
        return None
    clusters = tuple(each for each in relay.clusters if each in other.clusters)
    return relay.model_copy(update={"clusters": clusters}) if clusters else None


def sources_of(relay: Relay) -> frozenset[tuple[str, object]]:
    """Return what is read of a relay in each cluster; `shared/inventory/field_kinds.py` says which fields that are."""
    source = relay.clients.source
    return frozenset(
        (field, value)
        for field, given in {
            "workload": [relay.workload],
            "ports": relay.ports,
            "service": [relay.service or ""],
            "secret": [serves.secret for serves in relay.serves],
            "clients.secret": [relay.clients.secret],
            "clients.from": [source.secretproviderclass if source is not None else None],
        }.items()
        for value in given
        if value is not None
    )


def new_places(given: Iterable[Place], known: Iterable[Place]) -> tuple[str, ...]:
    """Return the places, as `relay@cluster`, that the app does not look at yet."""
    there = {str(place) for place in known}
    return tuple(str(place) for place in given if str(place) not in there)
