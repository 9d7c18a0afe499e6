"""The whole stack on one machine: authority, DNS, storage, vaults, clusters, relays, receivers, the functions host."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.azurite import create_storage, launch_azurite
from infra.local.bind import UpdateKey, launch_bind
from infra.local.cloud import Cloud, launch_cloud
from infra.local.cluster import Cluster, start_control_planes
from infra.local.example_inventory import alerts_of, write_inventory, write_settings
from infra.local.loopback import CLUSTERS, HOST_PORT, Addresses, claimed_addresses
from infra.local.pebble import fetch_pebble_root, launch_pebble
from infra.local.pki import Authority
from infra.local.processes import Supervisor, answers
from infra.local.receivers import alertmanagers, launch_alertmanagers, launch_receivers, receivers, secrets
from infra.local.relays import pods_folder, start_relays
from infra.local.tools import Tools

APP = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack. `environment` is what the product, `curl` and the SDKs need to find and trust it."""

    folder: Path
    addresses: Addresses
    clusters: tuple[Cluster, ...]
    supervisor: Supervisor
    authority: Authority
    environment: Mapping[str, str]

    @property
    def settings(self) -> Path:
        return self.folder / "local.settings.json"

    @property
    def logs(self) -> Path:
        return self.supervisor.logs


@contextmanager
def running_stack(
    folder: Path, names: Sequence[str] = CLUSTERS, projection: float = 1.0, *, clients: bool = True
) -> Iterator[Stack]:
    """Start everything but the functions host with files in `folder`; stop it all at the end.

    `projection`: seconds until the pods see a changed Secret (a kubelet takes 60 to 90). `clients`: the inventory has
    the example's.
    Raises StartError naming the server that did not come up, and its log.
    """
    tools = Tools.find()
    folder.mkdir(parents=True, exist_ok=True)
    with claimed_addresses() as addresses, pods_folder(folder, addresses) as pods, Supervisor(folder) as supervisor:
        authority = Authority.create(folder / "pki", "stack")
        alerts, urls = alerts_of(names), receivers(addresses, authority)
        cloud = Cloud(folder, addresses, authority, UpdateKey.random(), secrets(alerts, addresses, urls))
        entra, *others = launch_cloud(supervisor, cloud)
        others.append(launch_receivers(supervisor, folder, authority, urls))
        others += launch_alertmanagers(supervisor, folder, tools, alertmanagers(alerts, addresses))
        others += launch_bind(supervisor, folder, addresses, tools, cloud.update_key)
        others.append(launch_azurite(supervisor, addresses, tools, authority))
        others.append(launch_pebble(supervisor, folder, addresses, tools, authority))
        supervisor.wait(entra)
        clusters = start_control_planes(supervisor, folder, addresses, tools, authority, names)
        supervisor.wait(*others)
        start_relays(supervisor, folder, pods, addresses, clusters, projection, {**cloud.environment, **cloud.trusting})
        environment = environment_of(folder, addresses, clusters, cloud, clients=clients)
        write_settings(folder, environment)
        with exported(environment):
            create_storage(addresses)
            yield Stack(folder, addresses, clusters, supervisor, authority, environment)


@contextmanager
def exported(environment: Mapping[str, str]) -> Iterator[None]:
    """Give this process, and what it starts, the environment of the stack."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def environment_of(
    folder: Path, addresses: Addresses, clusters: Sequence[Cluster], cloud: Cloud, *, clients: bool
) -> Mapping[str, str]:
    roots = fetch_pebble_root(addresses, cloud.authority)
    return {
        **cloud.environment,
        **cloud.trusting,
        "AzureWebJobsStorage__blobServiceUri": addresses.blob_service,
        "AzureWebJobsStorage__queueServiceUri": addresses.queue_service,
        "RELAYKEEPER_INVENTORY": str(write_inventory(folder, addresses, clusters, roots, clients=clients)),
        "RELAYKEEPER_ARM_URL": addresses.arm,
        "RELAYKEEPER_LEASE_SECONDS": "15",
    }


def start_host(stack: Stack) -> None:
    """Start the functions host, which indexes the app and begins to listen to the queues."""
    argv = [sys.executable, "-m", "infra.local.host", "--settings", str(stack.settings), "--app", str(APP)]
    address = stack.addresses.core
    stack.supervisor.start(
        "host",
        [*argv, "--host", address, "--port", str(HOST_PORT)],
        ready=lambda: answers(f"{stack.addresses.functions_host}/admin/host/status"),
    )
