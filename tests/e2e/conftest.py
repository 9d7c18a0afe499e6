"""The stack with the functions host, and ways to disturb it; what a test disturbs is put right after it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rdatatype
import pytest
import yaml

from infra.local.example_inventory import write_inventory
from infra.local.openssl_probe import OpensslResult, probe_with_openssl
from infra.local.run_tick import HostLog, run_function, tick, work_on
from infra.local.stack import Stack, start_host
from shared.compose import compose
from shared.domain.audit import SCHEDULED
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.client_status import lost_clients
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.journal import Journal
from shared.domain.object_ref import ObjectRef, Version, certificate_ref
from shared.errors import TransientError
from shared.ports import Ports
from shared.workflows.lost_clients import confirm_removal
from shared.workflows.watch import ALERTS
from tests.conftest import RunningStack
from tests.contract.polling import until
from tests.e2e.cluster import ClusterByHand
from tests.e2e.leaks import leaks

DEV = "dev-mailrelay-platform-hmcts-net"
INTERNAL = "dev-in-mailrelay-internal-platform-hmcts-net"
HOST = "dev.mailrelay.platform.hmcts.net"
PATIENCE = 60.0
PAUSE = 0.05

NUMBERS = count(1)


@dataclass(slots=True)
class Fleet:
    """The running fleet. `lines` are those that the host logged during the last tick; `served` says that everything
    was seen to be, and nothing was done since.
    """

    stack: Stack
    lines: list[str] = field(default_factory=list)
    served: bool = False
    _composed: tuple[str, Ports] | None = None

    @property
    def ports(self) -> Ports:
        """Real ports, which keep their connections until the inventory changes: tests read again and again."""
        text = self.inventory_file.read_text()
        if self._composed is None or self._composed[0] != text:
            self._composed = text, compose(self.stack.environment)
        return self._composed[1]

    @property
    def inventory_file(self) -> Path:
        return self.stack.folder / "inventory.yaml"

    @property
    def clusters(self) -> list[ClusterByHand]:
        return [ClusterByHand(cluster) for cluster in self.stack.clusters]

    def tick(self) -> list[str]:
        """Run the timer, wait until the queue is empty, return what was logged."""
        self.lines = []
        tick(self.stack.addresses, self.stack.logs / "host.log", self.lines.append)
        return self.lines

    def renew(self, certificate: str = DEV) -> list[str]:
        """Do so for one certificate, as if a tick had come to it."""
        return self.work_on(certificate_ref(certificate))

    def work_on(self, target: ObjectRef) -> list[str]:
        """Do so for one object."""
        self.lines = []
        work_on(target, self.stack.addresses, self.stack.logs / "host.log", self.lines.append)
        return self.lines

    def tick_until(self, condition: Callable[[], bool]) -> None:
        """Run the timer and wait for something that comes of it."""
        run_function(self.stack.addresses)
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"still not so after {PATIENCE:g} s"
            time.sleep(PAUSE)

    def run_function(self, function: str, text: str = "") -> list[str]:
        """Run a function of the host to its end, a queue's with `text`; return the errors that it logged meanwhile."""
        log, lines = HostLog(self.stack.logs / "host.log"), list[dict[str, Any]]()
        run_function(self.stack.addresses, function, text)
        deadline = time.monotonic() + PATIENCE
        while not any(line.get("event") in ("executed", "failed") and line["function"] == function for line in lines):
            assert time.monotonic() < deadline, f"not executed within {PATIENCE:g} s: {lines}"
            time.sleep(PAUSE)
            lines += log.entries()
        assert not [line for line in lines if "exception" in line]
        return [line["message"] for line in lines if line["level"] == "ERROR"]

    def stored(self, name: str = DEV) -> StoredVersion:
        found = self.ports.vault.latest(self.ports.inventory.certificates[name])
        assert found is not None
        return found

    def journal(self, name: str = DEV) -> Journal:
        return self.ports.state.certificates.read(name)

    def verified(self, place: str) -> Version | None:
        """Return the version that the place was last verified to serve, None if none was."""
        proof = self.journal().at(place).verified
        return proof.version if proof else None

    def openssl_results(self, host: str | None = HOST) -> list[OpensslResult]:
        """Return what openssl sees at each replica of each cluster, asked side by side."""
        roots = self.stack.folder / "pki" / "pebble-root.pem"
        addresses = [address for cluster in self.clusters for address in cluster.addresses()]
        with ThreadPoolExecutor() as threads:
            return list(threads.map(lambda address: probe_with_openssl(address, 25, host, roots), addresses))

    def change_certificate(self, certificate: str, **fields: Any) -> None:
        """Change a certificate of the inventory, or add one."""
        document = yaml.safe_load(self.inventory_file.read_text())
        document["certificates"].setdefault(certificate, {}).update(fields)
        self.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def add_a_name(self) -> str:
        """Let the first certificate want a name that no version has, which makes it due; return the name."""
        name = f"n{next(NUMBERS)}.{HOST}"
        self.change_certificate(DEV, dns_names=[HOST, name])
        return name

    def change_relay(self, **fields: Any) -> None:
        """Change the relay `dev` of the inventory."""
        document = yaml.safe_load(self.inventory_file.read_text())
        document["relays"]["dev"].update(fields)
        self.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def reset_inventory(self, *, clients: bool = False) -> None:
        """Write the inventory that there was in the beginning, or that with the example's clients.

        The first certificate keeps the names that it was issued for last: to take one back would take a renewal.
        """
        roots = self.stack.folder / "pki" / "pebble-root.pem"
        write_inventory(self.stack.folder, self.stack.addresses, self.stack.clusters, roots, clients=clients)
        ports = self.ports
        if (stored := ports.vault.latest(ports.inventory.certificates[DEV])) is not None:
            self.change_certificate(DEV, dns_names=[HOST, *sorted(stored.leaf.names - {HOST})])

    def change_client(self, client: str, **fields: Any) -> None:
        """Change a client of the inventory, or add one."""
        document = yaml.safe_load(self.inventory_file.read_text())
        document["clients"].setdefault(client, {}).update(fields)
        self.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def let_clients_leave(self) -> bool:
        """Confirm that the clients which the inventory does not have any more are to leave; False during a watch."""
        status = self.ports.state.watch.read(ALERTS).status
        missing = lost_clients(status.clients, self.ports.inventory.clients)
        try:
            return not missing or bool(confirm_removal(frozenset(missing), SCHEDULED, self.ports))
        except TransientError:
            return False

    def client_journal(self, client: str) -> ClientJournal:
        return self.ports.state.clients.read(client)

    def said(self, *words: str) -> bool:
        """Say whether one line of the last tick has all these words."""
        return any(all(word in line for word in words) for line in self.lines)


@pytest.fixture(scope="session")
def host(stack: RunningStack) -> Iterator[Stack]:
    """The stack with the functions host; in the end no secret may show in anything that was written."""
    from tests.e2e.places import places, secrets  # they look at a Fleet

    start_host(stack.stack)
    yield stack.stack
    fleet = Fleet(stack.stack)
    found = leaks(list(secrets(fleet)), places(fleet))
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def settled(host: Stack) -> Fleet:
    """The fleet as the test before left it."""
    return Fleet(host)


@pytest.fixture
def fleet(settled: Fleet) -> Iterator[Fleet]:
    """Everything served, before the test and after it."""
    with everything_served(settled) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def on_boarded(settled: Fleet) -> Iterator[Fleet]:
    """The fleet with the example's clients, who are accepted by every replica; afterwards it has none again, and knows
    that they were to leave."""
    settled.served = False
    settled.reset_inventory(clients=True)
    settled.tick()
    yield settled
    settled.reset_inventory()
    until(settled.let_clients_leave)


@contextmanager
def everything_served(settled: Fleet) -> Iterator[Fleet]:
    """Everything is served when the block begins and when it has ended; the inventory is what it was before, but for
    names of the first certificate.
    """
    if not settled.served:
        settled.tick()
        assert_served(settled)
    settled.served = False
    yield settled
    settled.reset_inventory()
    settled.tick()
    assert_served(settled)
    settled.served = True


def assert_served(fleet: Fleet) -> None:
    """Every replica presents the stored version, whole, with its name as SNI and without."""
    stored = fleet.stored().leaf.thumbprint
    for name in (HOST, None):
        seen = fleet.openssl_results(name)
        assert len(seen) == 4
        for result in seen:
            assert result.thumbprint == stored, fleet.lines
            assert result.chain_ok, result.words


def txt_values(server: str, name: str) -> list[str]:
    """Return the TXT values that one name server serves."""
    address, _, port = server.partition(":")
    answer = dns.query.udp(dns.message.make_query(name, "TXT"), address, timeout=5, port=int(port))
    return [str(record) for section in answer.answer if section.rdtype == dns.rdatatype.TXT for record in section]


def assert_nothing_is_left(fleet: Fleet) -> None:
    """No pending operation, no TXT value on either server, nothing under way in the journal."""
    ports, journal = fleet.ports, fleet.journal()
    certificate = ports.inventory.certificates[DEV]
    assert ports.vault.pending(certificate) is None
    assert (journal.issuance, journal.backoff, journal.attempt.error, journal.attempt.next_attempt) == (None,) * 4
    for name in certificate.dns_names:
        for server in fleet.stack.addresses.name_servers:
            assert txt_values(server, f"_acme-challenge.{name}") == []
