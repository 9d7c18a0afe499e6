"""The fleet with a proxy of ours before every server that has no switch for faults."""

import json
import re
import time
from dataclasses import dataclass, replace

import requests
import yaml

from infra.local.proxy import Proxy, Reply, Rule
from infra.local.stack import Stack
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.messages import write_message
from tests.e2e.conftest import DEV, Fleet
from tests.e2e.killing.killed_host import break_leases

PATIENCE = 60.0
SHORT = 200
"""Seconds that a token lives: with less than 300 left the SDK asks anew for each request."""

CLUSTER = "ss-dev-00"
PLACE = f"dev@{CLUSTER}"


@dataclass(frozen=True, slots=True)
class World:
    """The fleet, whose host reaches each of these through its proxy."""

    fleet: Fleet
    authority: Proxy
    cluster: Proxy
    blobs: Proxy
    queue: Proxy
    identity: Proxy

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        return self.authority, self.cluster, self.blobs, self.queue, self.identity

    def set_names(self, *dns_names: str) -> None:
        """Write these names into the inventory, with the addresses of the proxies."""
        self.fleet.reset_inventory()
        document = yaml.safe_load(self.fleet.inventory_file.read_text())
        document["certificates"][DEV]["dns_names"] = list(dns_names)
        document["issuers"]["letsencrypt"]["directory"] = f"{url(self.authority)}/dir"
        document["clusters"][CLUSTER]["server"] = url(self.cluster)
        self.fleet.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def run(self) -> list[str]:
        """Let the host look at the certificate once; return the errors that it logged meanwhile."""
        return self.fleet.run_function("renew", write_message(Message(certificate_ref(DEV), "faults")))

    def skip_waiting(self) -> None:
        """Do what a person would who does not want to wait for the next attempt, and drop the message for it."""
        break_leases(self.fleet)
        with self.fleet.ports.state.certificates.lease(DEV) as lease:
            lease.write(replace(lease.journal, backoff=None, attempt=replace(lease.journal.attempt, next_attempt=None)))

    def settle(self) -> None:
        """Run until the journal has nothing under way."""
        deadline = time.monotonic() + PATIENCE
        while True:
            said = self.run()
            journal = self.fleet.journal()
            if (journal.issuance, journal.backoff, journal.attempt.next_attempt, journal.attempt.error) == (None,) * 4:
                return
            assert time.monotonic() < deadline, (said, journal)
            self.skip_waiting()

    def errors(self) -> list[str]:
        """Return every error in the certificate's journal."""
        journal = self.fleet.journal()
        errors = [journal.attempt.error, journal.backoff and journal.backoff.error]
        errors += [record.error for record in journal.places.values()]
        return [error for error in errors if error]

    def expire(self, resource: str) -> None:
        """Let the identity hand out tokens for `resource` that have expired already."""
        token = expired_token(self.fleet.stack, resource)
        reply = Reply(200, {"Content-Type": "application/json"}, token)
        self.identity.rules.append(Rule("GET", f"resource={re.escape(resource)}(&|$)", reply))

    def clear_faults(self) -> None:
        """Switch every fault off."""
        for proxy in self.proxies:
            proxy.rules.clear()
            proxy.met.clear()
        addresses = self.fleet.stack.addresses
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
