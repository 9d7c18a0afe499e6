"""The inventory: where things are (vaults, issuers, zones, clusters), what we want (certificates, relays, clients)."""

from shared.endpoint import Endpoint
from shared.inventory.alerts import Alerts, Filter, Heartbeat, Route
from shared.inventory.clients import Client, ClientList, ClientSource, RelayClients
from shared.inventory.endpoints import RelayPort
from shared.inventory.fields import Freeze, SecretReference, Workload
from shared.inventory.hours import Hours
from shared.inventory.model import Inventory, Place
from shared.inventory.parse import parse
from shared.inventory.relays import (
    HOST_FIELD,
    VERSION_FIELD,
    Certificate,
    Content,
    PublicEndpoint,
    Relay,
    Serves,
    files_of,
)
from shared.inventory.systems import SELF_SIGNED, SYSTEM_ROOTS, AcmeIssuer, Cluster, Vault, Zone

__all__ = [
    "HOST_FIELD",
    "SELF_SIGNED",
    "SYSTEM_ROOTS",
    "VERSION_FIELD",
    "AcmeIssuer",
    "Alerts",
    "Certificate",
    "Client",
    "ClientList",
    "ClientSource",
    "Cluster",
    "Content",
    "Endpoint",
    "Filter",
    "Freeze",
    "Heartbeat",
    "Hours",
    "Inventory",
    "Place",
    "PublicEndpoint",
    "Relay",
    "RelayClients",
    "RelayPort",
    "Route",
    "SecretReference",
    "Serves",
    "Vault",
    "Workload",
    "Zone",
    "files_of",
    "parse",
]
