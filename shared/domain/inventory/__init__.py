"""The inventory: where things are (vaults, issuers, zones, clusters) and what we want (certificates, relays)."""

from shared.domain.hours import Hours
from shared.domain.inventory.addresses import SELF_SIGNED, SYSTEM_ROOTS, AcmeIssuer, Cluster, Vault, Zone
from shared.domain.inventory.alerts import Alerts, Filter, Route
from shared.domain.inventory.certificates import Certificate
from shared.domain.inventory.endpoints import Endpoint
from shared.domain.inventory.files import files_of
from shared.domain.inventory.freezes import Freeze
from shared.domain.inventory.model import Inventory, Place, certificates_in, scopes_of_issuing, scopes_of_place
from shared.domain.inventory.parse import parse
from shared.domain.inventory.relay_port import RelayPort
from shared.domain.inventory.relays import Front, Relay, Serves
from shared.domain.inventory.templates import VERSION, Content
from shared.domain.inventory.values import SecretReference, Workload

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
