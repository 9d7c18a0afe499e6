"""Versions that must not be delivered."""

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.quarantine import (
    earlier_versions,
    is_rolling_back,
    quarantine_of,
    quarantine_version,
    without_superseded,
)
from shared.domain.serving.place_state import PlaceState, VerifiedVersion
from tests.fakes.inventory import NAME, NOW, small_inventory

OLD, NEW = Version("v1"), Version("v2")
FIRST, SECOND = PLACES = small_inventory().places(NAME)


def proven(version: Version) -> PlaceState:
    return PlaceState(verified=VerifiedVersion(version, Thumbprint("a1" * 32), 2, NOW))


def test_a_version_that_no_place_ever_served_is_condemned_everywhere() -> None:
    journal = quarantine_version(Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "454", PLACES, NOW)
    assert [entry.relay for entry in journal.quarantine] == [None]


def test_a_version_that_is_served_somewhere_is_condemned_for_the_relay_alone() -> None:
    served = Journal(places={str(FIRST): proven(NEW), str(SECOND): proven(OLD)})
    journal = quarantine_version(served, NEW, SECOND, "454", PLACES, NOW)

    assert [entry.relay for entry in journal.quarantine] == ["dev"]
    assert quarantine_of(journal, FIRST, NEW) is None
    assert quarantine_of(journal, SECOND, NEW) == journal.quarantine[0]
    assert quarantine_of(journal, SECOND, OLD) is None


def test_a_place_goes_back_to_what_it_was_proven_to_serve() -> None:
    journal = quarantine_version(Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "454", PLACES, NOW)
    assert earlier_versions(journal, FIRST, NEW, PLACES) == [OLD]
    assert is_rolling_back(journal, FIRST, OLD, held=NEW)
    assert not is_rolling_back(journal, FIRST, OLD, held=OLD)
    assert not is_rolling_back(journal, FIRST, NEW, held=OLD)


def test_a_place_that_never_served_anything_gets_what_its_relay_serves_elsewhere() -> None:
    journal = Journal(places={str(FIRST): proven(OLD)})
    assert earlier_versions(journal, SECOND, NEW, PLACES) == [OLD]
    assert earlier_versions(Journal(), SECOND, NEW, PLACES) == []


def test_the_next_version_lifts_the_quarantine() -> None:
    journal = quarantine_version(Journal(places={str(FIRST): proven(OLD)}), NEW, FIRST, "454", PLACES, NOW)
    assert without_superseded(journal, NEW) == journal
    assert without_superseded(journal, Version("v3")).quarantine == ()
