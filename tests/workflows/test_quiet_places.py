"""Places that wait, sleep or are held: no lease, no stale error, nothing forgotten."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.serving.probe import Probe, ProbeResult
from tests.fakes.smtp import FakeProber
from tests.workflows.calls import Calls
from tests.workflows.world import FILE, FIRST, RENEWED, SECOND, A, B, World, new_world

NARROW = {"window": "11:00-13:00 UTC"}
TOMORROW = {"window": "Mon 09:00-16:00 Europe/London"}
SETTLE = {"settle": 3600}


def calls_of(world: World) -> list[str]:
    """Return what one more message costs."""
    calls = Calls()
    world.through = calls.recorded
    world.handle_message()
    return [str(call) for call in calls.made]


def test_a_restart_that_waits_for_the_window_takes_no_lease() -> None:
    world = new_world(NARROW)
    world.tick()
    world.clock.advance(timedelta(minutes=58))
    world.running(A).deaf.add("mailrelay-1")
    world.change_inventory(NARROW, dns_names=RENEWED)
    world.tick()
    assert world.verified(FIRST) == world.versions[0].version

    assert not {"state.certificates.lease", "lease.write"} & set(calls_of(world))


def test_a_window_gives_way_where_ready_pods_present_nothing() -> None:
    world = new_world(TOMORROW)
    world.tick()
    good = dict(world.secret(A).data)
    world.clusters.edit(A, "mailrelay", "relay-tls", dict.fromkeys(good, b"oops"))
    world.clock.advance(timedelta(minutes=5))

    world.tick()

    assert world.secret(A).data[FILE] == good[FILE]


def test_an_idle_look_while_a_version_is_in_quarantine_reads_the_earlier_one_once(served: World) -> None:
    served.renew_with_a_stuck_replica(A)
    served.prober.showing.clear()
    served.tick()
    assert sorted(call for call in calls_of(served) if call.startswith("vault.")) == ["vault.latest", "vault.version"]


def test_a_failure_from_before_the_cluster_went_to_sleep_is_struck_out_while_it_sleeps(served: World) -> None:
    served.clusters.unreachable.add(A)
    served.tick()
    assert served.error_at(FIRST)
    served.change_inventory(sites={A: {"asleep": "11:00-13:00 UTC"}})
    served.tick()
    assert not served.error_at(FIRST)


def test_a_place_that_can_be_reached_again_and_is_held_has_no_error() -> None:
    world = new_world(TOMORROW)
    world.tick()
    world.clusters.unreachable.add(A)
    world.change_inventory(TOMORROW, dns_names=RENEWED)
    world.tick()
    world.clusters.unreachable.clear()
    world.tick()
    assert not world.error_at(FIRST)


def test_once_a_workload_was_scaled_an_idle_look_reads_no_workload(served: World) -> None:
    for cluster in (A, B):
        served.running(cluster).replicas = 3
        served.running(cluster).start(served.clock.now())
    served.clock.advance(timedelta(minutes=1))
    served.tick()
    assert "clusters.rollout" not in calls_of(served)


def test_a_place_that_is_verified_again_does_not_settle_again() -> None:
    world = new_world(SETTLE)
    world.tick(patience=timedelta(hours=2))
    world.change_inventory(SETTLE, dns_names=RENEWED)
    world.tick(patience=timedelta(minutes=5))
    for _ in range(4):
        world.work_off(timedelta(minutes=15))
        world.prober.failing[A, "mailrelay-1"] = "421 busy"
        world.work_off(timedelta(minutes=10))
        world.prober.failing.clear()
        world.work_off(timedelta(minutes=5))
    assert world.verified(SECOND) == world.versions[-1].version


def test_a_place_that_waits_its_turn_gets_back_what_it_served() -> None:
    world = new_world({"settle": 36000})
    world.tick(patience=timedelta(hours=12))
    world.change_inventory({"settle": 36000}, dns_names=RENEWED)
    world.tick(patience=timedelta(minutes=5))
    del world.clusters.secrets[B, "mailrelay", "relay-tls"]

    world.tick(patience=timedelta(hours=1))

    assert FILE in world.secret(B).data
    assert world.verified(SECOND) == world.versions[0].version


ENDPOINT = {"public_endpoints": [{"host": "relay.example.net", "port": 25}]}


def with_endpoint() -> World:
    world = new_world(ENDPOINT)
    world.prober.behind["relay.example.net"] = [(A, world.places[0].relay.workload)]
    world.tick()
    return world


class WithoutIntermediates(FakeProber):
    """Relays whose public endpoint presents the leaf alone."""

    def _answer(self, question: Probe) -> ProbeResult:
        answer = super()._answer(question)
        return replace(answer, chain=answer.chain[:1]) if question.address == "relay.example.net" else answer


def test_the_chain_that_a_public_endpoint_presents_is_judged() -> None:
    world = with_endpoint()
    behind, world.prober = world.prober.behind, WithoutIntermediates(world.clusters)
    world.prober.behind = behind
    world.tick()
    assert "intermediate" in str(world.journal.public_endpoints)


def test_nothing_is_expected_of_a_public_endpoint_whose_clusters_all_sleep() -> None:
    world = with_endpoint()
    world.change_inventory(ENDPOINT, sites={cluster: {"asleep": "11:00-15:00 UTC"} for cluster in (A, B)})
    world.clusters.unreachable.update({A, B})
    world.prober.behind["relay.example.net"] = []
    world.tick()
    assert world.journal.public_endpoints == {}
