"""What a watch saw is kept as long as nothing newer is seen, and no longer than the inventory has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import ExpectedOffline, Unreachable
from shared.domain.status import CertificateStatus, FleetStatus, LeafStatus, PlaceStatus, next_status
from shared.inventory import Inventory
from tests.fakes.inventory import INTERNAL, NAME, NOW, small_inventory
from tests.fakes.observed import answer, leaf_der, observations, showing, stored_as

FLEET = small_inventory()
OLD = leaf_der(NOW - timedelta(days=70))
NEW = leaf_der(NOW - timedelta(days=1))
BLIND = {"vault dev": "403"}
SUSPENDED = {"ss-dev-00": {"suspended": {"until": "2026-12-01T00:00:00Z", "reason": "it is being rebuilt"}}}


def life(der: bytes) -> LeafStatus:
    """Return a leaf of 90 days, which is due with 30 days left."""
    leaf = stored_as(der).leaf
    return LeafStatus(leaf.thumbprint, leaf.not_after - timedelta(days=30), leaf.not_after)


def after(observed: FleetReport, before: FleetStatus | None = None, inventory: Inventory = FLEET) -> FleetStatus:
    return next_status(before or FleetStatus(), observed, inventory)


def at(status: FleetStatus, place: str = "dev@ss-dev-00") -> PlaceStatus:
    return status.certificates[NAME].places[place]


SEEN = after(observations(FLEET, showing(NEW, NEW), stored_as(NEW)))
LATE = after(observations(FLEET, showing(OLD, NEW), stored_as(NEW)))


def test_a_certificate_is_kept_as_it_is_stored_and_as_each_replica_serves_it() -> None:
    assert SEEN.certificates[NAME].stored == life(NEW)
    assert at(SEEN) == PlaceStatus(
        state="observed",
        wanted=life(NEW).thumbprint,
        differs=False,
        expected=2,
        answering=2,
        replicas={"mailrelay-0": life(NEW), "mailrelay-1": life(NEW)},
    )


def test_a_replica_that_serves_another_certificate_makes_the_place_differ() -> None:
    assert at(LATE).differs
    assert at(LATE).replicas == {"mailrelay-0": life(OLD), "mailrelay-1": life(NEW)}


@pytest.mark.parametrize("presented", [(OLD, NEW), (NEW, OLD)])
def test_of_what_a_replica_serves_by_several_names_that_is_kept_which_expires_first(presented: tuple[bytes]) -> None:
    there = replace(showing(NEW), probe_results=tuple(answer("mailrelay-0", der) for der in presented))
    assert at(after(observations(FLEET, there, stored_as(NEW)))).replicas == {"mailrelay-0": life(OLD)}


def test_a_replica_that_presents_nothing_is_missing_among_those_that_answer() -> None:
    there = at(after(observations(FLEET, showing(NEW, "timed out"), stored_as(NEW)), SEEN))
    assert (there.expected, there.answering, there.differs) == (2, 1, False)
    assert there.replicas == {"mailrelay-0": life(NEW)}


def test_a_place_that_cannot_be_looked_at_stays_as_it_was() -> None:
    blind = after(observations(FLEET, Unreachable("ClusterUnreachable", "timed out"), stored_as(NEW)), LATE)
    assert at(blind) == replace(at(LATE), state="unreachable")


def test_a_place_asleep_stays_as_it_was() -> None:
    asleep = after(observations(FLEET, ExpectedOffline("ClusterAsleep", "asleep"), stored_as(NEW)), LATE)
    assert at(asleep) == replace(at(LATE), state="offline_expected")


def test_of_a_suspended_place_nothing_is_kept() -> None:
    away = small_inventory(sites=SUSPENDED)
    status = after(observations(away, ExpectedOffline("ClusterSuspended", "suspended"), stored_as(NEW)), LATE, away)
    assert at(status) == PlaceStatus("offline_expected")
    assert at(status, "dev@ss-dev-01") == replace(at(LATE), state="offline_expected")


def test_a_place_that_was_never_seen_has_no_replicas() -> None:
    assert at(
        after(observations(FLEET, Unreachable("ClusterUnreachable", "timed out"), stored_as(NEW)))
    ) == PlaceStatus("unreachable")


def test_where_the_vault_cannot_be_read_what_is_stored_and_wanted_stays_as_it_was() -> None:
    status = after(observations(FLEET, showing(OLD, NEW), None, blind=BLIND), SEEN)
    assert status.certificates[NAME].stored == life(NEW)
    assert at(status).differs
    assert not status.vaults["dev"].read


def test_a_certificate_that_is_gone_from_the_vault_is_gone() -> None:
    status = after(observations(FLEET, showing(NEW, NEW), None), SEEN)
    assert status.certificates[NAME] == CertificateStatus(
        None, {place: replace(there, wanted=None) for place, there in SEEN.certificates[NAME].places.items()}
    )


def entry(name: str, kind: str = "secret", days: int | None = 60) -> VaultEntry:
    ends = None if days is None else NOW + timedelta(days=days)
    return VaultEntry(kind, name, NOW - timedelta(days=30), ends, {"owner": "team"})  # type: ignore[arg-type]


LISTED = FleetReport(
    entries={
        "dev": (
            entry(NAME.upper(), "certificate"),
            entry("letsencrypt-account-key"),
            entry("stray", "certificate"),
            entry("stray"),
            entry("endless", days=None),
        )
    }
)


def test_entries_that_end_are_kept_and_whether_the_inventory_names_them() -> None:
    kept = after(LISTED).vaults["dev"].entries
    assert [(each.kind, each.name, each.managed) for each in kept] == [
        ("certificate", NAME.upper(), True),
        ("secret", "letsencrypt-account-key", True),
        ("certificate", "stray", False),
        ("secret", "stray", False),
    ]
    assert {(each.due, each.expires) for each in kept} == {(NOW + timedelta(days=30), NOW + timedelta(days=60))}


def test_entries_of_a_vault_that_cannot_be_read_stay_as_they_were() -> None:
    blind = after(FleetReport(read_errors=BLIND), after(LISTED))
    assert blind.vaults["dev"] == replace(after(LISTED).vaults["dev"], read=False)


def test_what_left_the_inventory_is_forgotten() -> None:
    assert NAME in SEEN.certificates
    assert INTERNAL not in SEEN.certificates
    assert after(FleetReport(), SEEN).certificates == {}
