"""The estate with a proxy of ours before every server that has no switch for faults."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import yaml

from infra.local.addresses import HOST_PORT
from infra.local.hostlog import HostLog
from infra.local.pki import KeyPair
from infra.local.proxy import Ear, Proxy, Reply, Rule, Upstream
from infra.local.readiness import answers
from infra.local.stack import APP, Stack, start_host
from tests.e2e.conftest import DEV, Estate
from tests.e2e.killing.victim import break_leases

PATIENCE = 60.0
PAUSE = 0.05
SHORT, USUAL = 200, 86_400
"""Seconds that a token lives: with less than 300 left the SDK asks anew for each request."""

HOST_NAME = "impatient-host"
CLUSTER = "ss-dev-00"
PLACE = f"dev@{CLUSTER}"


@dataclass(frozen=True, slots=True)
class World:
    """The estate, whose host reaches each of these through its proxy."""

    estate: Estate
    authority: Proxy
    cluster: Proxy
    blobs: Proxy
    identity: Proxy

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        return self.authority, self.cluster, self.blobs, self.identity

    def wish(self, *dns_names: str) -> None:
        """Wish for these names, with the addresses of the proxies in the inventory."""
        self.estate.forget_wishes()
        document = yaml.safe_load(self.estate.inventory_file.read_text())
        document["certificates"][DEV]["dns_names"] = list(dns_names)
        document["issuers"]["letsencrypt"]["directory"] = f"{url(self.authority)}/dir"
        document["clusters"][CLUSTER]["server"] = url(self.cluster)
        self.estate.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def run(self) -> list[str]:
        """Let the host look at the certificate once; return the errors that it logged meanwhile."""
        log = HostLog(self.estate.stack.logs / f"{HOST_NAME}.log")
        message = json.dumps({"certificate": DEV, "correlation": "faults"})
        request = urllib.request.Request(  # noqa: S310 our own loopback URL
            f"{self.estate.stack.addresses.functions_host}/admin/functions/renew",
            data=json.dumps({"input": message}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 our own loopback URL
        lines: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while not any(line.get("event") in ("executed", "failed") and line["function"] == "renew" for line in lines):
            assert time.monotonic() < deadline, f"not executed within {PATIENCE:g} s: {lines}"
            time.sleep(PAUSE)
            lines += log.entries()
        assert not [line for line in lines if "exception" in line]
        return [line["message"] for line in lines if line["level"] == "ERROR"]

    def forgive(self) -> None:
        """Do what a person would who does not want to wait for the next attempt, and drop the message for it."""
        break_leases(self.estate)
        with self.estate.ports.journals.lease(DEV) as lease:
            lease.write(replace(lease.journal, backoff=None, next_attempt=None))

    def settle(self) -> None:
        """Run until the journal has nothing under way."""
        deadline = time.monotonic() + PATIENCE
        while True:
            said = self.run()
            journal = self.estate.journal()
            if (journal.issuance, journal.backoff, journal.next_attempt, journal.error) == (None, None, None, None):
                return
            assert time.monotonic() < deadline, (said, journal)
            self.forgive()

    def written(self) -> list[str]:
        """Return every error in the certificate's journal."""
        journal = self.estate.journal()
        errors = [journal.error, journal.backoff and journal.backoff.error]
        errors += [record.error for record in journal.places.values()]
        return [error for error in errors if error]

    def expire(self, resource: str) -> None:
        """Let the identity hand out tokens for `resource` that have expired already."""
        token = expired_token(self.estate.stack, resource)
        reply = Reply(200, {"Content-Type": "application/json"}, token)
        self.identity.rules.append(Rule("GET", f"resource={quote(resource, safe='')}(&|$)", reply))

    def mend(self) -> None:
        """Switch every fault off."""
        for proxy in self.proxies:
            proxy.rules.clear()
            proxy.met.clear()
        addresses = self.estate.stack.addresses
        for listener in (addresses.vault("dev"), addresses.arm):
            requests.delete(f"{listener}/_faults", timeout=5)


def url(proxy: Proxy) -> str:
    address, port = proxy.server_address[:2]
    return f"https://{address!s}:{port}"


def expired_token(stack: Stack, resource: str) -> bytes:
    """Return the identity's answer with a token that expired a minute ago, and says that it is good."""
    set_lifetime(stack, -60)
    answer = requests.get(
        stack.addresses.identity_endpoint,
        params={"api-version": "2019-08-01", "resource": resource},
        headers={"X-IDENTITY-HEADER": stack.environment["IDENTITY_HEADER"]},
        timeout=5,
    )
    set_lifetime(stack, SHORT)
    return json.dumps({**answer.json(), "expires_on": str(int(time.time()) + SHORT)}).encode()


def set_lifetime(stack: Stack, seconds: int) -> None:
    origin = stack.addresses.identity_endpoint.removesuffix("/msi/token")
    requests.post(f"{origin}/_tokens", json={"lifetime": seconds}, timeout=5).raise_for_status()


@contextmanager
def world_of(estate: Estate) -> Iterator[World]:
    """Put the proxies in place, and a host that uses them; afterwards everything is as it was.

    Each proxy has the address and the certificate of its server, and the next port.
    """
    stack = estate.stack
    pki = stack.folder / "pki"
    ours = pki / "stack-ca.pem"
    cluster = next(cluster for cluster in stack.clusters if cluster.name == CLUSTER)
    with (
        before(stack.addresses.pebble_directory, ours, KeyPair(pki / "stack-pebble.pem", pki / "stack-pebble.key")) as authority,
        before(cluster.url, cluster.ca, cluster.server) as api_server,
        before(stack.addresses.blob_service, ours, KeyPair(pki / "stack-azurite.pem", pki / "stack-azurite.key")) as blobs,
        before(stack.addresses.identity_endpoint) as identity,
        impatient_host(stack, blobs, identity),
    ):
        yield World(estate, authority, api_server, blobs, identity)


def before(target: str, authority: Path | None = None, pair: KeyPair | None = None) -> Proxy:
    """Return a proxy for a server, 100 ports above it."""
    parts = urlsplit(target)
    address, port = parts.hostname or "", parts.port or 0
    return Proxy(Ear(address, port + 100, pair), Upstream(address, port, authority))


@contextmanager
def impatient_host(stack: Stack, blobs: Proxy, identity: Proxy) -> Iterator[None]:
    """Run the impatient host in place of the stack's own, with tokens that it asks for again and again."""
    settings = json.loads(stack.settings.read_text())
    settings["Values"]["AzureWebJobsStorage__blobServiceUri"] = f"{url(blobs)}/devstoreaccount1"
    address, port = identity.server_address[:2]
    settings["Values"]["IDENTITY_ENDPOINT"] = f"http://{address!s}:{port}/msi/token"
    file = stack.folder / "faults.settings.json"
    file.write_text(json.dumps(settings))
    argv = [sys.executable, "-m", "tests.e2e.faults.host", "--settings", str(file), "--app", str(APP)]
    stack.supervisor.stop("host")
    set_lifetime(stack, SHORT)
    try:
        stack.supervisor.start(
            HOST_NAME,
            [*argv, "--host", stack.addresses.core, "--port", str(HOST_PORT)],
            ready=lambda: answers(f"{stack.addresses.functions_host}/admin/host/status"),
        )
        yield
    finally:
        stack.supervisor.stop(HOST_NAME)
        set_lifetime(stack, USUAL)
        start_host(stack)
