"""What a version is blamed for, and what it is not."""

from datetime import timedelta

import pytest

from shared.errors import TransientError
from tests.fakes.faults import KilledError
from tests.fakes.inventory import NAME
from tests.fakes.kubernetes import FakeClusters
from tests.fakes.smtp import FakeProber
from tests.workflows.world import FILE, FIRST, RENEWED, SECOND, A, B, World, new_world

LATE = {"window": "Mon 09:00-16:00 Europe/London", "reload": "none"}


def tick_thrice(world: World) -> None:
    for _ in range(3):
        world.tick()


def test_a_replica_that_was_in_trouble_before_an_urgent_write_does_not_stop_the_line(served: World) -> None:
    served.prober.failing[A, "mailrelay-1"] = "454 TLS currently unavailable"
    leaf = served.versions[0].chain[0]
    served.clock.advance(leaf.not_valid_after_utc - served.clock.now() - timedelta(days=5))

    tick_thrice(served)

    assert served.verified(SECOND) == served.versions[-1].version
    assert "The replicas were in trouble before" in served.error_at(FIRST)


def test_pods_that_crashed_before_they_were_given_anything_do_not_stop_the_line(served: World) -> None:
    served.running(A).crashes = lambda _pod, _files: True
    served.change_inventory(dns_names=RENEWED)

    tick_thrice(served)

    assert served.journal.quarantine == ()
    assert served.verified(SECOND) == served.versions[-1].version


def test_a_broken_new_first_cluster_does_not_keep_renewals_from_the_others() -> None:
    world = new_world({"clusters": [B]})
    world.tick()
    world.change_inventory()
    secrets = world.clusters.secrets
    world.clusters = FakeClusters(world.inventory, world.clock)
    world.clusters.secrets = secrets
    world.prober = FakeProber(world.clusters)
    world.prober.failing[A, "mailrelay-0"] = "connection refused"
    world.tick()
    world.change_inventory(dns_names=RENEWED)

    tick_thrice(world)

    assert world.verified(SECOND) == world.versions[-1].version


@pytest.mark.parametrize("lost", [KilledError(), TransientError("no answer")])
def test_a_version_whose_write_was_cut_short_has_its_time_from_that_write(lost: BaseException) -> None:
    world = new_world(LATE)
    world.tick()
    world.change_inventory(LATE, dns_names=RENEWED)
    world.tick()
    world.clock.advance(timedelta(hours=21, minutes=5))
    world.clusters.faults.after("apply", lost)
    try:
        world.handle_message()
    except KilledError:
        world.clock.advance(timedelta(seconds=61))
    world.running(A).projection = timedelta(seconds=100)

    world.tick()

    assert world.journal.quarantine == ()
    assert world.verified(FIRST) == world.versions[-1].version


def test_a_workload_without_replicas_proves_nothing_and_holds_nobody_up(served: World) -> None:
    first = served.versions[0].version
    served.running(A).replicas = 0
    served.running(A).start(served.clock.now())
    served.change_inventory(dns_names=RENEWED)
    served.tick()

    assert served.verified(FIRST) == first
    assert served.verified(SECOND) == served.versions[-1].version
    served.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    served.tick()


def test_a_lost_journal_does_not_lose_the_way_back(served: World) -> None:
    old = served.served(A)
    served.state.certificates.content.pop(NAME)
    served.renew_with_a_stuck_replica(A)
    served.prober.showing.clear()

    served.tick()

    assert served.served(A) == old


def test_a_version_after_a_broken_one_is_not_held_back_by_the_damage(served: World) -> None:
    served.running(A).deaf.add("mailrelay-0")
    served.change_inventory(dns_names=RENEWED)
    served.tick(patience=timedelta(seconds=10))
    bad = served.secret(A).data[FILE]
    served.running(A).crashes = lambda pod, files: pod == "mailrelay-1" and files.get(FILE) == bad
    served.work_off(patience=timedelta(minutes=3))
    served.change_inventory()

    tick_thrice(served)

    assert served.verified(FIRST) == served.versions[2].version


def test_a_damaged_secret_is_repaired_although_a_new_version_is_due(served: World) -> None:
    served.running(A).deaf.add("mailrelay-0")
    served.running(A).crashes = lambda pod, files: pod == "mailrelay-1" and files.get(FILE) == b"oops"
    served.clusters.edit(A, "mailrelay", "relay-tls", {FILE: b"oops"})
    served.clock.advance(timedelta(minutes=5))
    served.change_inventory(dns_names=RENEWED)

    tick_thrice(served)

    assert served.secret(A).data[FILE] != b"oops"
