"""The inventory and settings of a stack: inventory.example.yaml, unchanged but for addresses of the stack's own."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from infra.local.bind import ZONES
from infra.local.cloud import RESOURCE_GROUP, SUBSCRIPTION
from infra.local.cluster import Cluster
from infra.local.loopback import VAULTS, Addresses

MASTER_KEY, FUNCTION_KEY = "local-master-key", "local-function-key"
"""As well known as the storage emulator's: the host listens on loopback alone."""

POLLING = "00:00:00.3"
"""The longest pause between two looks at a queue: host.json's two seconds are most of what a message costs here."""

EXAMPLE = Path(__file__).parents[2] / "inventory.example.yaml"


def alerts_of(names: Collection[str]) -> dict[str, Any]:
    """Return the example's alerts, without the routes to clusters that there are not."""
    alerts = yaml.safe_load(EXAMPLE.read_text())["alerts"]
    routes = {
        name: route
        for name, route in alerts["routes"].items()
        if (cluster := route.get("match", {}).get("cluster")) is None or cluster in names
    }
    beats = [name for name in alerts["heartbeat"]["routes"] if name in routes]
    return {**alerts, "routes": routes, "heartbeat": {**alerts["heartbeat"], "routes": beats}}


CLIENT_KEYS = ("clients", "probe_client")
"""What a relay of the example has for its clients."""

LOGIN_INTERVAL = 1
"""Seconds: the example's minute would be most of what on-boarding takes here."""


def write_inventory(
    folder: Path, addresses: Addresses, clusters: Sequence[Cluster], roots: Path, *, clients: bool = True
) -> Path:
    """Write `folder/inventory.yaml`. With fewer clusters than the example has, relays keep those there are.

    Without `clients` it has none, and each tick is shorter.

    `roots` is the PEM file of the authority's roots, below `folder` as everything that the inventory names.
    """
    example = yaml.safe_load(EXAMPLE.read_text())
    names = {cluster.name for cluster in clusters}
    relays = {
        name: relay_here(relay, kept, clients=clients)
        for name, relay in example["relays"].items()
        if (kept := [cluster for cluster in relay["clusters"] if cluster in names])
    }
    inventory = {
        "vaults": {name: {"url": addresses.vault(name)} for name in VAULTS},
        "issuers": {
            name: {
                "directory": addresses.pebble_directory,
                "account_key": issuer["account_key"],
                "roots": str(roots.relative_to(folder)),
            }
            for name, issuer in example["issuers"].items()
        },
        "zones": {
            zone: {
                "subscription": SUBSCRIPTION,
                "resource_group": RESOURCE_GROUP,
                "name_servers": list(addresses.name_servers),
            }
            for zone in ZONES
        },
        "clusters": {
            cluster.name: {"server": cluster.url, "ca_file": str(cluster.ca.relative_to(folder))}
            for cluster in clusters
        },
        "certificates": example["certificates"],
        "relays": relays,
        "clients": clients_of(example, relays) if clients else {},
        "alerts": alerts_of(names),
    }
    path = folder / "inventory.yaml"
    path.write_text(yaml.safe_dump(inventory, sort_keys=False))
    return path


def relay_here(relay: Mapping[str, Any], clusters: Sequence[str], *, clients: bool) -> dict[str, Any]:
    """Return a relay of the example in these clusters."""
    if clients:
        return {**relay, "clusters": clusters, "login_interval": LOGIN_INTERVAL}
    return {key: value for key, value in {**relay, "clusters": clusters}.items() if key not in CLIENT_KEYS}


def clients_of(example: Mapping[str, Any], relays: Collection[str]) -> dict[str, Any]:
    """Return the example's clients of these relays."""
    return {name: client for name, client in example["clients"].items() if set(client["relays"]) <= set(relays)}


def write_settings(folder: Path, environment: Mapping[str, str]) -> Path:
    """Write `folder/local.settings.json`, the file that `func start` would read as well.

    The schedules are the next 29 February, so that nothing but a command ticks.
    """
    path = folder / "local.settings.json"
    values = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "RELAYKEEPER_TICK_SCHEDULE": "0 0 0 29 2 *",
        "RELAYKEEPER_WATCH_SCHEDULE": "0 0 0 29 2 *",
        "RELAYKEEPER_KEYS_MAY_CHANGE": "true",
        "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": POLLING,
        **environment,
    }
    keys = {"Keys": {"master": MASTER_KEY, "default": FUNCTION_KEY}}
    path.write_text(json.dumps({"IsEncrypted": False, "Values": values, "Host": keys}, indent=2))
    return path
