"""Putting the proxies in place, and a host that uses them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.pki import KeyPair
from infra.local.proxy import Listener, Proxy, Upstream
from infra.local.stack import Stack
from tests.e2e.conftest import Fleet
from tests.e2e.faults.world import CLUSTER, SHORT, World, set_lifetime, url
from tests.e2e.hosts import host_by
from tests.e2e.killing.killed_host import delete_account_key

USUAL = 86_400
"""Seconds that a token lives."""


@contextmanager
def world_of(fleet: Fleet) -> Iterator[World]:
    """Put the proxies in place, and a host that uses them; afterwards everything is as it was.

    Each proxy has the address and the certificate of its server. An account has the URLs by which it was made: the
    authority gets one that knows the proxy alone, and afterwards one that does not.
    """
    stack = fleet.stack
    pki = stack.folder / "pki"
    ours = pki / "stack-ca.pem"
    pebble, azurite = (KeyPair(pki / f"stack-{name}.pem", pki / f"stack-{name}.key") for name in ("pebble", "azurite"))
    cluster = next(cluster for cluster in stack.clusters if cluster.name == CLUSTER)
    with (
        before(stack.addresses.pebble_directory, ours, pebble) as authority,
        before(cluster.url, cluster.ca, cluster.server) as api_server,
        before(stack.addresses.blob_service, ours, azurite) as blobs,
        before(stack.addresses.queue_service, ours, azurite) as queue,
        before(stack.addresses.identity_endpoint) as identity,
        host_behind(stack, blobs, queue, identity),
    ):
        delete_account_key(fleet)
        yield World(fleet, authority, api_server, blobs, queue, identity)
    delete_account_key(fleet)


def before(target: str, authority: Path | None = None, pair: KeyPair | None = None) -> Proxy:
    """Return a proxy for a server, 100 ports above it."""
    parts = urlsplit(target)
    address, port = parts.hostname or "", parts.port or 0
    return Proxy(Listener(address, port + 100, pair), Upstream(address, port, authority))


@contextmanager
def host_behind(stack: Stack, blobs: Proxy, queue: Proxy, identity: Proxy) -> Iterator[None]:
    """Run a host that uses the proxies, with tokens that it asks for again and again."""
    settings = json.loads(stack.settings.read_text())
    settings["Values"]["AzureWebJobsStorage__blobServiceUri"] = f"{url(blobs)}/devstoreaccount1"
    settings["Values"]["AzureWebJobsStorage__queueServiceUri"] = f"{url(queue)}/devstoreaccount1"
    address, port = identity.server_address[:2]
    settings["Values"]["IDENTITY_ENDPOINT"] = f"http://{address!s}:{port}/msi/token"
    file = stack.folder / "faults.settings.json"
    file.write_text(json.dumps(settings))
    set_lifetime(stack, SHORT)
    try:
        with host_by(stack, "infra.local.host", settings=file):
            yield
    finally:
        set_lifetime(stack, USUAL)
