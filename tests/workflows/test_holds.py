"""When a place is left alone: windows, freezes, clusters at rest, lines that settle."""

import logging
from datetime import timedelta

import pytest

from shared.domain.audit import SCHEDULED
from shared.domain.object_ref import ObjectRef
from shared.workflows.pauses import pause, resume
from tests.workflows.world import FIRST, RENEWED, SECOND, A, World, new_world

TOMORROW = {"window": "Mon 09:00-16:00 Europe/London"}
"""The clock begins on a Sunday at noon."""


@pytest.fixture
def windowed() -> World:
    """Everything served, by a relay whose window opens tomorrow."""
    world = new_world(TOMORROW)
    world.tick()
    return world


def test_outside_its_window_a_relay_is_not_changed_but_the_certificate_is_issued(
    windowed: World, caplog: pytest.LogCaptureFixture
) -> None:
    windowed.change_inventory(TOMORROW, dns_names=RENEWED)
    with caplog.at_level(logging.INFO):
        windowed.tick()
        windowed.tick()

    first, second = windowed.versions
    assert windowed.verified(FIRST) == windowed.verified(SECOND) == first.version
    (line, *_) = [line for line in caplog.messages if FIRST in line and "held" in line]
    assert "; held until 2026-11-23 09:00 GMT (window Mon 09:00-16:00 Europe/London) [place=" in line

    windowed.clock.advance(timedelta(hours=21, minutes=5))
    windowed.tick()
    assert windowed.verified(FIRST) == windowed.verified(SECOND) == second.version


def test_what_is_held_takes_no_lease_and_writes_nothing(windowed: World) -> None:
    windowed.change_inventory(TOMORROW, dns_names=RENEWED)
    windowed.tick()
    windowed.state.certificates.faults.before("lease", AssertionError("a lease was taken"))

    windowed.tick()


def test_a_window_does_not_keep_back_what_is_urgent(windowed: World) -> None:
    leaf = windowed.versions[0].chain[0]
    windowed.clock.advance(leaf.not_valid_after_utc - windowed.clock.now() - timedelta(days=17))
    assert windowed.clock.now().strftime("%a") != "Mon"

    windowed.tick()

    assert windowed.verified(FIRST) == windowed.versions[-1].version != windowed.versions[0].version


def test_a_first_certificate_does_not_wait_for_the_window(windowed: World) -> None:
    assert windowed.verified(FIRST) is not None


FREEZE = {"freeze": [{"until": "2026-12-01T08:00:00Z", "reason": "migration"}]}


def test_a_freeze_holds_a_relay_until_it_is_over(served: World, caplog: pytest.LogCaptureFixture) -> None:
    served.change_inventory(FREEZE, dns_names=RENEWED)
    with caplog.at_level(logging.INFO):
        served.tick()
        served.tick()
    assert served.verified(FIRST) == served.versions[0].version
    assert "held until 2026-12-01 08:00 UTC (freeze: migration)" in caplog.text

    served.clock.advance(timedelta(days=9))
    served.tick()
    assert served.verified(FIRST) == served.versions[1].version


SETTLE = {"settle": 3600}


def test_the_next_cluster_waits_until_the_one_before_has_settled() -> None:
    world = new_world(SETTLE)
    world.tick(patience=timedelta(hours=2))
    world.change_inventory(SETTLE, dns_names=RENEWED)

    world.tick(patience=timedelta(minutes=55))
    first, second = world.versions
    assert (world.verified(FIRST), world.verified(SECOND)) == (second.version, first.version)

    world.work_off(patience=timedelta(minutes=20))
    assert world.verified(SECOND) == second.version


def test_a_place_whose_pause_ends_while_another_settles_gets_the_version_once_that_has_settled() -> None:
    world = new_world(SETTLE)
    world.tick(patience=timedelta(hours=2))
    ends = world.clock.now() + timedelta(hours=9)
    paused = pause(ObjectRef("cluster", A), ends, SCHEDULED, world.ports)
    world.change_inventory(SETTLE, dns_names=RENEWED)
    world.tick(patience=timedelta(minutes=5))
    first, second = world.versions
    assert (world.verified(FIRST), world.verified(SECOND)) == (first.version, second.version)

    resume(paused.id, SCHEDULED, world.ports)
    world.work_off(patience=timedelta(minutes=50))
    assert world.verified(FIRST) == first.version
    world.work_off(patience=timedelta(minutes=20))
    assert world.verified(FIRST) == second.version


NIGHT = {"ss-dev-00": {"asleep": "11:00-13:00 UTC"}}
SUSPENDED = {"ss-dev-00": {"suspended": {"until": "2026-11-22T13:00:00Z", "reason": "rebuild"}}}


@pytest.mark.parametrize(
    ("sites", "words"),
    [(NIGHT, "asleep until 2026-11-22 13:00 UTC"), (SUSPENDED, "suspended until 2026-11-22 13:00 UTC (rebuild)")],
)
def test_a_cluster_at_rest_is_no_failure_and_is_served_once_it_is_awake(
    served: World, caplog: pytest.LogCaptureFixture, sites: dict[str, dict[str, object]], words: str
) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    served.change_inventory(sites=sites, dns_names=RENEWED)
    with caplog.at_level(logging.INFO):
        served.tick()
    served.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    served.tick()

    first, second = served.versions
    assert f"{FIRST}: {words}" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert served.journal.at(FIRST).error is None
    assert (served.verified(FIRST), served.verified(SECOND)) == (first.version, second.version)

    served.state.certificates.faults.planned.clear()
    served.clusters.unreachable.clear()
    served.clock.advance(timedelta(hours=1))
    served.tick()
    assert served.verified(FIRST) == second.version


def test_a_cluster_that_should_be_awake_and_cannot_be_reached_is_a_failure(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    served.change_inventory(sites={"ss-dev-00": {"asleep": "20:00-06:30 Europe/London"}})
    served.tick()
    assert "cannot reach ss-dev-00" in (served.journal.at(FIRST).error or "")


def test_a_cluster_that_is_awake_before_its_time_is_tended_to(served: World) -> None:
    served.change_inventory(sites=NIGHT, dns_names=RENEWED)
    served.tick()
    assert served.verified(FIRST) == served.versions[1].version
