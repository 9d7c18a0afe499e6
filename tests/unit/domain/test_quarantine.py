"""Versions that must not be delivered."""

from dataclasses import replace

import pytest

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.quarantine import (
    earlier_versions,
    is_rolling_back,
    quarantine_of,
    quarantine_version,
    why_not_at_fault,
    why_not_rolled_back,
    without_superseded,
)
from shared.domain.serving.place_state import DeliveryProgress, PlaceState, VerifiedVersion
from shared.inventory import Place
from tests.fakes.inventory import NAME, NOW, small_inventory

OLD, NEW = Version("v1"), Version("v2")
FIRST, SECOND = PLACES = small_inventory().places(NAME)
BROUGHT = small_inventory(relay={"sync": "none", "serves": [{"certificate": NAME}], "files": None}).places(NAME)[0]


def proven(version: Version) -> PlaceState:
    return PlaceState(verified=VerifiedVersion(version, Thumbprint("a1" * 32), 2, NOW))


def test_a_version_that_no_place_ever_served_is_condemned_everywhere() -> None:
    journal = quarantine_version(
        Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "ReplicaDoesNotServe", "454", PLACES, NOW
    )
    assert [entry.relay for entry in journal.quarantine] == [None]


def test_a_version_that_is_served_somewhere_is_condemned_for_the_relay_alone() -> None:
    served = Journal(places={str(FIRST): proven(NEW), str(SECOND): proven(OLD)})
    journal = quarantine_version(served, NEW, SECOND, "ReplicaDoesNotServe", "454", PLACES, NOW)

    assert [entry.relay for entry in journal.quarantine] == ["dev"]
    assert quarantine_of(journal, FIRST, NEW) is None
    assert quarantine_of(journal, SECOND, NEW) == journal.quarantine[0]
    assert quarantine_of(journal, SECOND, OLD) is None


def test_a_place_goes_back_to_what_it_was_proven_to_serve() -> None:
    journal = quarantine_version(
        Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "ReplicaDoesNotServe", "454", PLACES, NOW
    )
    assert earlier_versions(journal, FIRST, NEW, PLACES) == [OLD]
    assert is_rolling_back(journal, FIRST, OLD, held=NEW)
    assert not is_rolling_back(journal, FIRST, OLD, held=OLD)
    assert not is_rolling_back(journal, FIRST, NEW, held=OLD)


def test_a_place_that_never_served_anything_gets_what_its_relay_serves_elsewhere() -> None:
    journal = Journal(places={str(FIRST): proven(OLD)})
    assert earlier_versions(journal, SECOND, NEW, PLACES) == [OLD]
    assert earlier_versions(Journal(), SECOND, NEW, PLACES) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (proven(NEW), "ServedBefore"),
        (PlaceState(), "NeverServed"),
        (proven(OLD), "UnhealthyBefore"),
        (replace(proven(OLD), progress=DeliveryProgress(NEW, NOW, healthy_before=True)), None),
        (PlaceState(progress=DeliveryProgress(NEW, NOW, healthy_before=True)), None),
    ],
)
def test_a_version_is_to_blame_where_replicas_were_healthy_before_it(state: PlaceState, reason: str | None) -> None:
    why_not = why_not_at_fault(state, NEW)
    assert (why_not.reason if why_not is not None else None) == reason


@pytest.mark.parametrize(
    ("place", "state", "reason"),
    [
        (FIRST, proven(OLD), None),
        (FIRST, PlaceState(), "NeverServed"),
        (BROUGHT, proven(OLD), "FilesNotOurs"),
    ],
)
def test_a_place_is_rolled_back_where_a_version_was_proven_and_we_write_the_files(
    place: Place, state: PlaceState, reason: str | None
) -> None:
    why_not = why_not_rolled_back(place, state)
    assert (why_not.reason if why_not is not None else None) == reason


def test_the_next_version_lifts_the_quarantine() -> None:
    journal = quarantine_version(
        Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "ReplicaDoesNotServe", "454", PLACES, NOW
    )
    assert without_superseded(journal, NEW) == journal
    assert without_superseded(journal, Version("v3")).quarantine == ()
