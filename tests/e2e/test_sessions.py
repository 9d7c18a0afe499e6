"""How many sessions a renewal makes with a replica, counted before the replica itself."""

from collections import Counter

import pytest

from tests.e2e.conftest import DEV, HOST, Estate
from tests.e2e.counting.counting_proxy import turnstiles

pytestmark = pytest.mark.e2e

DOORS = {2525: 25, 5587: 587}
"""The ports at which the turnstiles stand, and those of the relays behind them."""

TEN_NAMES = [HOST, *(f"{label}.{HOST}" for label in "abcdefghi")]


def test_a_renewal_of_ten_names_and_of_one_makes_few_sessions_with_a_replica(estate: Estate) -> None:
    addresses = [address for cluster in estate.clusters for address in cluster.addresses()]
    with turnstiles(addresses, DOORS) as doors:
        estate.wish_of_relay(ports=list(DOORS), serves=[{"certificate": DEV, "secret": "relay-tls"}])
        estate.tick()
        for names, most in ((TEN_NAMES, 60), ([HOST], 20)):
            before = doors.came
            estate.wish(DEV, dns_names=names)

            estate.tick()

            sessions = Counter[str]()
            for (address, _), number in (doors.came - before).items():
                sessions[address] += number
            assert estate.stored().leaf.names == frozenset(names)
            assert set(sessions) == set(addresses)
            assert max(sessions.values()) <= most, estate.lines
