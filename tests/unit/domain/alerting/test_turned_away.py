"""A replica that turns us away is not taken for one that is down, nor for one that is as it should be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.probe import Inconclusive
from shared.domain.status import FleetStatus, next_status
from tests.fakes.inventory import NOW, small_inventory
from tests.fakes.observed import leaf_der, observations, showing, stored_as
from tests.unit.domain.alerting.watching import Watching

LONG = timedelta(hours=3)
OLD, NEW = leaf_der(), leaf_der(NOW - timedelta(days=1))


def turning_away(reason: Inconclusive, words: str, *others: bytes) -> PlaceObservation:
    """Return a place whose first replicas present these, and whose last turns us away."""
    there = showing(*others, words)
    *shown, last = there.probe_results
    return replace(there, probe_results=(*shown, replace(last, inconclusive=reason)))


def seen(there: PlaceObservation) -> FleetReport:
    return observations(small_inventory(), there, stored_as(OLD))


@pytest.mark.parametrize("others", [(), (OLD,)], ids=["all replicas", "one of two"])
@pytest.mark.parametrize(
    ("reason", "words", "advice"),
    [
        ("Busy", "busy at the greeting: 421 too many connections", "see who holds its connections"),
        ("TurnedAway", "EHLO refused: 550 no", "give the relay a helo"),
    ],
)
def test_it_is_reported_as_not_seen_and_not_as_unreachable(
    reason: Inconclusive, words: str, advice: str, others: tuple[bytes, ...]
) -> None:
    firing = Watching().see(seen(turning_away(reason, words, *others)), LONG)

    assert set(firing) == {"WatchBlind ss-dev-00", "WatchBlind ss-dev-01"}
    message = firing["WatchBlind ss-dev-00"].message
    assert firing["WatchBlind ss-dev-00"].reason == "ReplicaInconclusive"
    assert words in message
    assert advice in message


def test_a_short_time_of_it_is_not_worth_a_message() -> None:
    assert Watching().see(seen(turning_away("Busy", "421", OLD)), timedelta(minutes=20)) == {}


def test_a_replica_that_says_nothing_at_all_is_unreachable() -> None:
    there = turning_away("NoSession", "no greeting within 10 s")
    assert "RelayUnreachable ss-dev-00" in Watching().see(seen(there), LONG)


def test_what_fired_of_a_replica_goes_on_while_it_turns_us_away() -> None:
    watching = Watching()
    differing = watching.see(seen(showing(OLD, NEW)), timedelta(days=1))
    assert "ServedDiffersFromStored ss-dev-00" in differing

    firing = watching.see(seen(turning_away("Busy", "421", OLD)), timedelta(hours=1))
    assert "ServedDiffersFromStored ss-dev-00" in firing

    assert watching.see(seen(showing(OLD, OLD)), timedelta(hours=1)) == {}


def test_metrics_keep_what_a_replica_presented_before_it_turned_us_away() -> None:
    before = next_status(FleetStatus(), seen(showing(OLD, NEW)), small_inventory())
    after = next_status(before, seen(turning_away("Busy", "421", OLD)), small_inventory())

    [certificate] = after.certificates.values()
    for there in certificate.places.values():
        assert set(there.replicas) == {"mailrelay-0", "mailrelay-1"}
        assert (there.answering, there.expected, there.differs) == (2, 2, True)
