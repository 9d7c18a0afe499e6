"""Where a version is not served, the one before comes back and the line stops."""

from datetime import timedelta

import pytest

from shared.domain.certificates.certificate import Thumbprint
from shared.errors import TransientError
from tests.fakes.inventory import HOST
from tests.workflows.world import FIRST, RENEWED, SECOND, World, new_world


def thumbprint(world: World) -> Thumbprint:
    proof = world.journal.at(FIRST).verified
    assert proof is not None
    return proof.thumbprint


def test_a_rollback_is_verified_and_the_next_cluster_is_not_touched(served: World) -> None:
    old = thumbprint(served)
    served.renew_with_a_stuck_replica("ss-dev-00")

    first, second = served.versions
    assert served.served("ss-dev-00") == served.served("ss-dev-01") == {old}
    assert served.verified(FIRST) == served.verified(SECOND) == first.version
    assert (served.journal.at(FIRST).progress, served.journal.at(FIRST).error) == (None, None)
    (entry,) = served.journal.quarantine
    assert (entry.version, entry.relay, entry.place) == (second.version, None, FIRST)
    assert entry.reason == "ReplicaServesOther"
    assert "served by 1/2 after a restart; pod mailrelay-1 serves" in entry.message
    assert all(second.version not in note for note in served.secret("ss-dev-01").annotations.values())


def test_a_quarantined_version_is_not_tried_again(served: World) -> None:
    served.renew_with_a_stuck_replica("ss-dev-00")
    served.prober.showing.clear()
    before = served.secret("ss-dev-00").version

    served.tick()
    served.tick()

    assert served.secret("ss-dev-00").version == before
    assert len(served.versions) == 2


def test_the_next_version_lifts_the_quarantine(served: World) -> None:
    served.renew_with_a_stuck_replica("ss-dev-00")
    served.prober.showing.clear()
    served.change_inventory(dns_names=[HOST])
    served.tick()

    newest = served.versions[-1].version
    assert served.journal.quarantine == ()
    assert served.verified(FIRST) == served.verified(SECOND) == newest


def test_a_place_that_was_proven_with_it_keeps_it_while_a_later_one_goes_back(served: World) -> None:
    old = thumbprint(served)
    served.renew_with_a_stuck_replica("ss-dev-01")

    first, second = served.versions
    assert (served.verified(FIRST), served.verified(SECOND)) == (second.version, first.version)
    assert served.served("ss-dev-01") == {old}
    (entry,) = served.journal.quarantine
    assert entry.relay == "dev"

    del served.clusters.secrets["ss-dev-00", "mailrelay", "relay-tls"]
    served.tick()
    assert (served.verified(FIRST), served.verified(SECOND)) == (second.version, first.version)


def test_replicas_that_were_in_trouble_before_do_not_put_a_version_into_quarantine(served: World) -> None:
    served.prober.failing["ss-dev-00", "mailrelay-1"] = "STARTTLS refused: 454 TLS currently unavailable"
    served.change_inventory(dns_names=RENEWED)
    served.tick()

    first, second = served.versions
    assert served.journal.quarantine == ()
    assert "454" in (served.journal.at(FIRST).error or "")
    assert (served.verified(FIRST), served.verified(SECOND)) == (first.version, second.version)
    assert all(second.version not in note for note in served.secret("ss-dev-00").annotations.values())

    served.prober.failing.clear()
    served.tick()
    assert served.verified(FIRST) == second.version
    assert served.journal.at(FIRST).error is None


def test_trouble_does_not_keep_the_new_version_back_once_the_old_one_is_about_to_expire(served: World) -> None:
    served.prober.failing["ss-dev-00", "mailrelay-1"] = "STARTTLS refused: 454 TLS currently unavailable"
    served.clock.advance(served.versions[0].chain[0].not_valid_after_utc - served.clock.now() - timedelta(days=5))
    served.tick()

    first, second = served.versions
    assert any(second.version in note for note in served.secret("ss-dev-00").annotations.values())
    assert served.verified(FIRST) == first.version
    assert "The replicas were in trouble before" in (served.journal.at(FIRST).error or "")
    assert served.journal.quarantine == ()


@pytest.mark.parametrize("lost", ["disabled", "expired"])
def test_without_a_version_to_go_back_to_the_new_one_stays(served: World, lost: str) -> None:
    (first,) = served.versions
    served.prober.showing["ss-dev-00", "mailrelay-1"] = served.newest_chain()
    served.change_inventory(dns_names=RENEWED)
    served.tick(patience=timedelta(minutes=1))
    if lost == "disabled":
        served.vault.disabled.add(first.version)
    else:
        served.clock.advance(first.chain[0].not_valid_after_utc - served.clock.now() - timedelta(minutes=1))
    served.work_off()

    newest = served.versions[-1]
    assert served.journal.quarantine == ()
    assert f"There is no way back: version {first.version}" in (served.journal.at(FIRST).error or "")
    assert any(newest.version in note for note in served.secret("ss-dev-00").annotations.values())
    assert served.verified(SECOND) != newest.version


def test_a_relay_that_never_served_anything_has_nothing_to_go_back_to() -> None:
    world = new_world()
    world.prober.failing["ss-dev-00", "mailrelay-0"] = "connection refused"
    world.tick()

    assert world.journal.quarantine == ()
    assert "No version was served here before" in (world.journal.at(FIRST).error or "")
    assert world.verified(SECOND) is None


def test_a_vault_that_cannot_tell_of_the_version_before_stops_the_line_all_the_same(served: World) -> None:
    served.vault.faults.before("version", TransientError("no answer"))
    served.renew_with_a_stuck_replica("ss-dev-00")

    first, _ = served.versions
    assert served.verified(SECOND) == first.version
    assert served.journal.at(FIRST).error == "no answer"


def test_going_back_does_not_wait_for_the_relay_s_window() -> None:
    window = {"window": "11:00-13:00 UTC"}
    world = new_world(window)
    world.tick()
    world.clock.advance(timedelta(minutes=50))
    old = thumbprint(world)
    world.prober.showing["ss-dev-00", "mailrelay-1"] = world.newest_chain()
    world.change_inventory(window, dns_names=RENEWED)

    world.tick(patience=timedelta(hours=2))

    assert world.clock.now().hour >= 13
    assert world.served("ss-dev-00") == {old}
    assert world.verified(FIRST) == world.versions[0].version


def test_pods_that_crash_with_a_version_get_the_one_before_back_and_recover(served: World) -> None:
    running = served.clusters.running["ss-dev-00", served.places[0].relay.workload]
    first = served.secret("ss-dev-00").data[f"{HOST}.pem"]
    running.crashes = lambda _pod, files: files.get(f"{HOST}.pem") != first
    served.change_inventory(dns_names=RENEWED)

    served.tick()

    assert served.verified(FIRST) == served.versions[0].version
    assert (served.journal.at(FIRST).progress, served.journal.at(FIRST).error) == (None, None)
    (entry,) = served.journal.quarantine
    assert entry.reason == "ReplicaNotReady"


def test_a_pod_that_cannot_run_is_no_reason_to_go_back_and_the_line_goes_on(served: World) -> None:
    running = served.clusters.running["ss-dev-00", served.places[0].relay.workload]
    served.change_inventory(dns_names=RENEWED)
    served.tick(patience=timedelta(seconds=10))
    running.held_up["mailrelay-1"] = "Unschedulable: 0/3 nodes are available"
    served.work_off()

    assert served.journal.quarantine == ()
    assert "Unschedulable" in (served.journal.at(FIRST).error or "")
    assert served.verified(SECOND) == served.versions[-1].version

    running.held_up.clear()
    served.tick()
    assert served.verified(FIRST) == served.versions[-1].version


def test_pods_that_restart_long_after_the_write_get_a_projection_time_of_their_own(served: World) -> None:
    running = served.clusters.running["ss-dev-00", served.places[0].relay.workload]
    served.change_inventory(dns_names=RENEWED)
    served.tick(patience=timedelta(seconds=10))
    served.clusters.unreachable.add("ss-dev-00")
    served.work_off()
    served.clock.advance(timedelta(hours=8))
    served.clusters.unreachable.clear()
    running.restart("a new morning", served.clock.now())
    running.takes = timedelta(seconds=20)

    served.tick()

    assert served.journal.quarantine == ()
    assert served.verified(FIRST) == served.versions[-1].version
