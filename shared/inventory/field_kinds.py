"""What each field of the inventory is: an address, what is read there, or a wish. The one place that says so.

It decides what an inventory that nobody has reviewed may ask of the app (docs/decisions/28). A field that is not listed
here fails `tests/unit/inventory/test_field_kinds.py`, so that a new one must be classified.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from shared.inventory.alerts import Alerts, Filter, Heartbeat, Route
from shared.inventory.clients import Client, ClientList, ClientSource, Owner, RelayClients
from shared.inventory.fields import Freeze
from shared.inventory.model import Inventory
from shared.inventory.relays import Certificate, PublicEndpoint, Relay, Serves
from shared.inventory.systems import AcmeIssuer, Cluster, Vault, Zone

FieldKind = Literal["address", "source", "wish", "part"]
"""`address`: to what we connect, to whom we send a token or what we trust there. `source`: what is read at an address,
or by which port. `wish`: what should be. `part`: a model, or several, with kinds of its own."""

ADDRESS: FieldKind = "address"
SOURCE: FieldKind = "source"
WISH: FieldKind = "wish"
PART: FieldKind = "part"

KINDS: Mapping[type[BaseModel], Mapping[str, FieldKind]] = {
    Inventory: {
        "vaults": PART,
        "issuers": PART,
        "zones": PART,
        "clusters": PART,
        "certificates": PART,
        "relays": PART,
        "clients": PART,
        "freeze": PART,
        "alerts": PART,
    },
    Vault: {"name": WISH, "url": ADDRESS},
    AcmeIssuer: {"name": WISH, "directory": ADDRESS, "account_key": ADDRESS, "contact": WISH, "roots": ADDRESS},
    Zone: {
        "name": WISH,
        "subscription": ADDRESS,
        "resource_group": ADDRESS,
        "name_servers": ADDRESS,
        "resolvers": ADDRESS,
        "delegated_from": WISH,
    },
    Cluster: {
        "name": WISH,
        "server": ADDRESS,
        "ca_file": ADDRESS,
        "kubeconfig": ADDRESS,
        "asleep": WISH,
        "suspended": PART,
        "freeze": PART,
    },
    Certificate: {
        "name": WISH,
        "vault": WISH,
        "issuer": WISH,
        "dns_names": WISH,
        "key": WISH,
        "uses": WISH,
        "mode": WISH,
        "takeover": WISH,
        "labels": WISH,
    },
    Serves: {"certificate": WISH, "secret": SOURCE},
    PublicEndpoint: {"host": ADDRESS, "port": ADDRESS, "resolver": ADDRESS},
    Relay: {
        "name": WISH,
        "clusters": WISH,
        "workload": SOURCE,
        "ports": SOURCE,
        "serves": PART,
        "files": WISH,
        "reload": WISH,
        "sync": WISH,
        "projection": WISH,
        "settle": WISH,
        "window": WISH,
        "freeze": PART,
        "adopt": WISH,
        "service": SOURCE,
        "public_endpoints": PART,
        "refuses_unauthenticated": WISH,
        "unauthenticated_sender": WISH,
        "helo": WISH,
        "timeout": WISH,
        "clients": PART,
        "probe_client": WISH,
        "login_interval": WISH,
        "labels": WISH,
    },
    RelayClients: {"secret": SOURCE, "sync": WISH, "content": WISH, "lists": PART, "vault": WISH, "source": PART},
    ClientList: {"path": WISH, "keys": WISH},
    ClientSource: {"secretproviderclass": SOURCE, "ignore": WISH},
    Client: {
        "name": WISH,
        "user": WISH,
        "vault": SOURCE,
        "secret": SOURCE,
        "relays": WISH,
        "owner": PART,
        "mode": WISH,
        "max_age": WISH,
        "labels": WISH,
    },
    Owner: {"team": WISH, "route": WISH},
    Alerts: {
        "routes": PART,
        "heartbeat": PART,
        "reminder": WISH,
        "runbook": WISH,
        "unmanaged": PART,
    },
    Route: {"kind": WISH, "urls": ADDRESS, "signing_key": ADDRESS, "match": WISH},
    Heartbeat: {"ping": ADDRESS, "routes": WISH},
    Filter: {"names": WISH, "tags": WISH},
    Freeze: {"until": WISH, "reason": WISH},
}


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field that is given: where it stands, as `vaults.prod.url`, and its value. Items of a list have the list's
    path, as they have no names."""

    path: str
    value: Any


def values(model: BaseModel, kind: FieldKind, path: str = "") -> Iterator[FieldValue]:
    """Yield each field of a kind that has a value, in the model and all of its parts."""
    for name, own in KINDS[type(model)].items():
        value, here = getattr(model, name), f"{path}.{name}".removeprefix(".")
        if own == PART:
            yield from values_of_part(value, kind, here)
        elif own == kind and value not in (None, "", ()):
            yield FieldValue(here, value)


def values_of_part(part: Any, kind: FieldKind, path: str) -> Iterator[FieldValue]:
    match part:
        case BaseModel():
            yield from values(part, kind, path)
        case Mapping():
            for name, each in part.items():
                yield from values(each, kind, f"{path}.{name}")
        case tuple():
            for each in part:
                if found := tuple(values(each, kind)):
                    yield FieldValue(path, found)


def foreign_addresses(given: Inventory, deployed: Inventory) -> tuple[FieldValue, ...]:
    """Return each address that the deployed inventory does not have at the same place."""
    known = list(values(deployed, ADDRESS))
    return tuple(each for each in values(given, ADDRESS) if each not in known)
