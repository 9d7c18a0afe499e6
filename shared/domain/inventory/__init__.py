"""The inventory: where things are (vaults, issuers, zones, clusters) and what we want (certificates, relays)."""

from shared.domain.inventory.addresses import SELF_SIGNED, SYSTEM_ROOTS, AcmeIssuer, Cluster, Vault, Zone
from shared.domain.inventory.endpoints import Endpoint
from shared.domain.inventory.fields import SecretReference, Workload
from shared.domain.inventory.files import files_of
from shared.domain.inventory.model import Inventory, Place
from shared.domain.inventory.parse import parse
from shared.domain.inventory.templates import Content
from shared.domain.inventory.wishes import Certificate, Relay, Serves

__all__ = [
    "SELF_SIGNED",
    "SYSTEM_ROOTS",
    "AcmeIssuer",
    "Certificate",
    "Cluster",
    "Content",
    "Endpoint",
    "Inventory",
    "Place",
    "Relay",
    "SecretReference",
    "Serves",
    "Vault",
    "Workload",
    "Zone",
    "files_of",
    "parse",
]
