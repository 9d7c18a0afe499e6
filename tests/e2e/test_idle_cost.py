"""What a tick costs while nothing is to be done, counted by the other sides (the design, section 5)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from infra.local.demo.counts import acme_requests
from infra.local.hostlog import HostLog
from tests.e2e.conftest import DEV, INTERNAL, Estate, assert_served
from tests.e2e.counting import api_server, storage
from tests.e2e.counting.turnstile import Door, turnstiles

pytestmark = pytest.mark.e2e

PROD = "prod-mailrelay-platform-hmcts-net"
DOORS = {2525: 25, 5587: 587}
"""The ports at which the turnstiles stand, and those of the relays behind them."""

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Cost:
    """What one tick asked of each system. Clusters are named, `handshakes` are per replica's address and port."""

    lines: list[str]
    vault: Counter[str]
    challenges: Counter[str]
    dns: list[str]
    authority: list[str]
    tokens: list[str]
    blobs: Counter[str]
    clusters: Mapping[str, Counter[str]]
    handshakes: Counter[Door]


@pytest.fixture(scope="module")
def idle(settled: Estate) -> Iterator[Cost]:
    """One tick with everything served, after one that was just like it."""
    settled.tick()
    assert_served(settled)
    addresses = [address for cluster in settled.clusters for address in cluster.addresses()]
    with turnstiles(addresses, DOORS) as doors:
        settled.wish_of_relay(ports=list(DOORS))
        settled.tick()
        yield cost_of_a_tick(settled, lambda: doors.came)
    settled.forget_wishes()
    settled.tick()
    assert_served(settled)


def cost_of_a_tick(estate: Estate, came: Callable[[], Counter[Door]]) -> Cost:
    logs = estate.stack.logs
    vault, dns, entra = (HostLog(logs / f"{name}.log") for name in ("vault", "azuredns", "identity"))
    authority, handshakes = acme_requests(logs), came()
    blobs = storage.asked(estate.stack.addresses, logs / "azurite.log")
    clusters = {cluster.name: api_server.asked(cluster) for cluster in estate.stack.clusters}

    lines = estate.tick()

    after = {cluster.name: api_server.asked(cluster) for cluster in estate.stack.clusters}
    calls = [(entry["status"], f"{entry['method']} {entry['path']}") for entry in vault.entries()]
    return Cost(
        lines=lines,
        vault=Counter(call for status, call in calls if status != UNAUTHORIZED),
        challenges=Counter(call for status, call in calls if status == UNAUTHORIZED),
        dns=[str(entry) for entry in dns.entries()],
        authority=acme_requests(logs)[len(authority) :],
        tokens=[str(entry) for entry in entra.entries()],
        blobs=storage.asked(estate.stack.addresses, logs / "azurite.log") - blobs,
        clusters={name: after[name] - before for name, before in clusters.items()},
        handshakes=came() - handshakes,
    )


def test_print(idle: Cost) -> None:
    print(idle)
    assert 0
