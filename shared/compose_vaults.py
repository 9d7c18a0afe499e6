"""The vaults alone, as commands need them that use neither storage nor clusters; and the identity of all adapters."""

import logging
from functools import cache

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential

from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.azure import CLIENT_OPTIONS
from shared.guard import guarded
from shared.inventory import Inventory
from shared.ports import Vaults

NOISY = (
    "azure.core",
    "azure.identity",
    "azure.keyvault",
    "azure.mgmt",
    "azure.storage",
    "kubernetes",
    "msal",
    "urllib3",
)
"""Loggers that log each request and each attempt of their own, which we log once, in one line."""


def open_vaults(inventory: Inventory) -> Vaults:
    """Return the inventory's vaults; nothing is contacted yet."""
    quiet_libraries()
    vaults: Vaults = guarded(KeyVaults(inventory.vaults, credential()), "vault")
    return vaults


def quiet_libraries() -> None:
    """Let libraries log only what they cannot do."""
    for library in NOISY:
        logging.getLogger(library).setLevel(logging.ERROR)


@cache
def credential() -> TokenCredential:
    """Return the identity, one for the process, so that its tokens serve every execution."""
    return DefaultAzureCredential(**CLIENT_OPTIONS)
