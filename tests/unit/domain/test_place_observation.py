"""Why a place could not be looked at has a machine reason."""

from datetime import timedelta

import pytest

from shared.domain.holds import expected_offline
from shared.domain.object_ref import ObjectRef
from shared.domain.pauses import Pause
from shared.domain.serving.place_observation import Unreachable
from shared.errors import OutOfTime, PermanentError, TransientError, Unforeseen
from tests.fakes.inventory import NAME, NOW, small_inventory

NIGHT = {"asleep": "11:00-13:00 UTC"}
REBUILT = {"suspended": {"until": "2026-11-22T13:00:00Z", "reason": "rebuild"}}
PAUSE = Pause(scope=ObjectRef("cluster", "ss-dev-00"), until=NOW + timedelta(hours=1), why="incident")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TransientError("no answer"), "ClusterUnreachable"),
        (PermanentError("403"), "ObservationRefused"),
        (OutOfTime("it took 5 minutes"), "NotObserved"),
        (Unforeseen("a bug"), "NotObserved"),
    ],
)
def test_an_error_says_why_a_place_was_not_observed(error: Exception, reason: str) -> None:
    there = Unreachable.after(error)
    assert (there.reason, there.message) == (reason, str(error))


@pytest.mark.parametrize(
    ("site", "pauses", "reason"),
    [
        ({}, (), None),
        (NIGHT, (), "ClusterAsleep"),
        (REBUILT, (), "ClusterSuspended"),
        ({}, (PAUSE,), "ClusterPaused"),
        (NIGHT, (PAUSE,), "ClusterPaused"),
    ],
)
def test_a_cluster_is_expected_to_be_offline_by_the_inventory_or_a_pause(
    site: dict[str, object], pauses: tuple[Pause, ...], reason: str | None
) -> None:
    place = small_inventory(None, {"ss-dev-00": site}).places(NAME)[0]
    offline = expected_offline(place, pauses, NOW)
    assert (offline.reason if offline is not None else None) == reason
