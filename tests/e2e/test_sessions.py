"""How many sessions a renewal makes with a replica, counted before the replica itself."""

from collections import Counter

import pytest

from tests.e2e.conftest import DEV, HOST, Fleet
from tests.e2e.counting.counting_proxy import counting_proxies

pytestmark = pytest.mark.e2e

PROXY_PORTS = {2525: 25, 5587: 587}
"""Port of each proxy, and that of the relay behind it."""

TEN_NAMES = [HOST, *(f"{label}.{HOST}" for label in "abcdefghi")]


def test_a_renewal_of_ten_names_and_of_one_makes_few_sessions_with_a_replica(fleet: Fleet) -> None:
    addresses = [address for cluster in fleet.clusters for address in cluster.addresses()]
    with counting_proxies(addresses, PROXY_PORTS) as proxies:
        fleet.change_relay(ports=list(PROXY_PORTS), serves=[{"certificate": DEV, "secret": "relay-tls"}])
        fleet.tick()
        for names, most in ((TEN_NAMES, 60), ([HOST], 20)):
            before = proxies.came
            fleet.change_certificate(DEV, dns_names=names)

            fleet.tick()

            sessions = Counter[str]()
            for (address, _), number in (proxies.came - before).items():
                sessions[address] += number
            assert fleet.stored().leaf.names == frozenset(names)
            assert set(sessions) == set(addresses)
            assert max(sessions.values()) <= most, fleet.lines
