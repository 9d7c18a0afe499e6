"""What a tick costs while nothing is to be done, counted by the other sides (the design, section 5)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from infra.local.demo.counts import acme_requests
from infra.local.loopback import VAULTS
from infra.local.run_tick import HostLog
from tests.e2e.conftest import DEV, INTERNAL, Fleet, everything_served
from tests.e2e.counting import api_server, storage
from tests.e2e.counting.counting_proxy import Endpoint, counting_proxies

pytestmark = pytest.mark.e2e

PROD = "prod-mailrelay-platform-hmcts-net"
CERTIFICATES = (DEV, INTERNAL, PROD)
SERVED = (DEV, INTERNAL)
"""The clusters of the relay that serves PROD are not part of this stack."""

LIST = {"GET ": 3}
"""The container itself: a journal of a certificate that left the inventory may have something to clean up after, and
of people's requests those are open that have not ended."""

RECORD = {"PUT ticks/all.json": 3, "GET ticks/all.json": 1}
"""That the timer ticked: one blob is leased, read, written and given back, whatever the number of certificates."""

REPLICAS = 4
"""Two in each of two clusters."""

PROXY_PORTS = {2525: 25, 5587: 587}
"""Port of each proxy, and that of the relay behind it."""

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Cost:
    """What one tick asked of each system.

    `challenges` are the vaults' refusals of a request without a token, by which an SDK learns which token to bring:
    one per vault in a fresh process, none afterwards. `handshakes` are per replica's address and port.
    """

    lines: list[str]
    vault: Counter[str]
    challenges: Counter[str]
    dns: list[str]
    authority: list[str]
    blobs: Counter[str]
    clusters: Mapping[str, Counter[str]]
    handshakes: Counter[Endpoint]


@pytest.fixture(scope="module")
def idle(settled: Fleet) -> Iterator[Cost]:
    """One tick with everything served, after one that was just like it."""
    with everything_served(settled) as fleet:
        addresses = [address for cluster in fleet.clusters for address in cluster.addresses()]
        with counting_proxies(addresses, PROXY_PORTS) as proxies:
            fleet.change_relay(ports=list(PROXY_PORTS))
            fleet.tick()
            yield cost_of_a_tick(fleet, lambda: proxies.came)


def cost_of_a_tick(fleet: Fleet, came: Callable[[], Counter[Endpoint]]) -> Cost:
    logs = fleet.stack.logs
    vault, dns = HostLog(logs / "vault.log"), HostLog(logs / "azuredns.log")
    authority, handshakes = acme_requests(logs), came()
    blobs = storage.asked(fleet.stack.addresses, logs / "azurite.log")
    clusters = {cluster.name: api_server.asked_when_quiet(cluster) for cluster in fleet.stack.clusters}

    lines = fleet.tick()

    after = {cluster.name: api_server.asked(cluster) for cluster in fleet.stack.clusters}
    calls = [(entry["status"], f"{entry['method']} {entry['path']}") for entry in vault.entries()]
    return Cost(
        lines=lines,
        vault=Counter(call for status, call in calls if status != UNAUTHORIZED),
        challenges=Counter(call for status, call in calls if status == UNAUTHORIZED),
        dns=[str(entry) for entry in dns.entries()],
        authority=acme_requests(logs)[len(authority) :],
        blobs=storage.asked(fleet.stack.addresses, logs / "azurite.log") - blobs,
        clusters={name: after[name] - before for name, before in clusters.items()},
        handshakes=came() - handshakes,
    )


def test_the_measured_tick_was_idle(idle: Cost) -> None:
    assert len(idle.lines) == len(CERTIFICATES)
    assert all("nothing to do" in line for line in idle.lines)


def test_a_vault_is_read_once_per_certificate_and_not_written(idle: Cost) -> None:
    assert idle.vault == {f"GET /certificates/{name}": 1 for name in CERTIFICATES}
    assert idle.challenges.total() <= len(VAULTS)


def test_neither_dns_nor_the_authority_is_asked(idle: Cost) -> None:
    assert idle.dns == []
    assert idle.authority == []


def test_the_journals_are_listed_once_each_is_read_once_and_none_leased_or_written(idle: Cost) -> None:
    assert idle.blobs == LIST | RECORD | {f"GET certificates/{name}.json": 1 for name in CERTIFICATES}


def test_an_idle_tick_costs_a_cluster_one_secret_and_one_pod_list_per_certificate(idle: Cost) -> None:
    assert idle.clusters == {
        cluster: {"GET secrets": len(SERVED), "LIST pods": len(SERVED)} for cluster in ("ss-dev-00", "ss-dev-01")
    }


def test_each_replica_is_asked_once_per_port_and_certificate(idle: Cost) -> None:
    assert len(idle.handshakes) == REPLICAS * len(PROXY_PORTS)
    assert set(idle.handshakes.values()) == {len(SERVED)}
