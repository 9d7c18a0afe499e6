"""The inventory: where things are (vaults, issuers, zones, clusters) and what we want (certificates, relays)."""

from shared.inventory.addresses import SELF_SIGNED, SYSTEM_ROOTS, AcmeIssuer, Cluster, Vault, Zone
from shared.inventory.alerts import Alerts, Filter, Route
from shared.inventory.certificates import Certificate
from shared.inventory.endpoints import Endpoint
from shared.inventory.files import files_of
from shared.inventory.freezes import Freeze
from shared.inventory.hours import Hours
from shared.inventory.model import Inventory, Place, certificates_in, scopes_of_issuing, scopes_of_place
from shared.inventory.parse import parse
from shared.inventory.relay_port import RelayPort
from shared.inventory.relays import Front, Relay, Serves
from shared.inventory.templates import VERSION, Content
from shared.inventory.values import SecretReference, Workload

__all__ = [
    "SELF_SIGNED",
    "SYSTEM_ROOTS",
    "VERSION",
    "AcmeIssuer",
    "Alerts",
    "Certificate",
    "Cluster",
    "Content",
    "Endpoint",
    "Filter",
    "Freeze",
    "Front",
    "Hours",
    "Inventory",
    "Place",
    "Relay",
    "RelayPort",
    "Route",
    "SecretReference",
    "Serves",
    "Vault",
    "Workload",
    "Zone",
    "certificates_in",
    "files_of",
    "parse",
    "scopes_of_issuing",
    "scopes_of_place",
]
