"""How many SMTP sessions a renewal costs a replica: its limits are for its clients, and ours count against them."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.fakes.inventory import HOST
from tests.workflows.asked_requests import FORCED, asked
from tests.workflows.world import A, B, World, new_world

RELAY = {"ports": [25, 587]}
TEN_NAMES = [HOST, *(f"{label}.mail.example.net" for label in "abcdefghi")]
MOST_FOR_ONE_NAME, MOST_FOR_TEN_NAMES = 20, 60
OTHER_CERTIFICATE = "dev-in.mail.example.net"


def most_sessions(world: World) -> int:
    """Return how often the replica that was asked most was asked for the certificate."""
    asked = [question for question in world.prober.asked if question.sni != OTHER_CERTIFICATE]
    return max(Counter(question.address for question in asked).values())


def let_pods_take(world: World, seconds: float) -> None:
    for cluster in (A, B):
        world.running(cluster).projection = timedelta(seconds=seconds)
    world.prober.asked.clear()


def assert_renewed(world: World, versions: int) -> None:
    assert len(world.versions) == versions + 1
    assert {world.verified(f"dev@{cluster}") for cluster in (A, B)} == {world.versions[-1].version}


@pytest.mark.parametrize("reload", ["auto", "restart"])
@pytest.mark.parametrize("seconds", [0, 2, 30, 60, 90])
@pytest.mark.parametrize(
    ("names", "most"), [([HOST], MOST_FOR_ONE_NAME), (TEN_NAMES, MOST_FOR_TEN_NAMES)], ids=["one name", "ten names"]
)
def test_a_forced_renewal_makes_few_sessions_with_a_replica_however_long_its_files_take(
    names: list[str], most: int, seconds: float, reload: str
) -> None:
    world = new_world({**RELAY, "reload": reload}, dns_names=names)
    world.tick()
    let_pods_take(world, seconds)

    asked(world, FORCED)
    world.work_off()

    assert_renewed(world, versions=1)
    assert most_sessions(world) <= most


@pytest.mark.parametrize("seconds", [0, 30, 90])
def test_a_renewal_by_the_timer_makes_few_sessions_with_a_replica(seconds: float) -> None:
    world = new_world(RELAY)
    world.tick()
    let_pods_take(world, seconds)
    world.change_inventory(RELAY, dns_names=["smtp.mail.example.net"])

    world.tick()

    assert_renewed(world, versions=1)
    assert most_sessions(world) <= MOST_FOR_ONE_NAME


@pytest.mark.parametrize("settle", [60, 600, 3600])
def test_a_cluster_that_settles_is_not_asked_all_the_while(settle: int) -> None:
    relay = {**RELAY, "settle": settle}
    world = new_world(relay)
    world.tick(timedelta(hours=3))
    let_pods_take(world, 60)

    asked(world, FORCED)
    world.work_off(timedelta(hours=3))

    assert_renewed(world, versions=1)
    assert most_sessions(world) <= MOST_FOR_ONE_NAME


def test_every_name_and_port_is_asked_for_before_a_version_counts_as_served() -> None:
    world = new_world(RELAY, dns_names=TEN_NAMES)
    world.tick()

    place = world.places[0]
    pods = world.clusters.pods(place.cluster, place.relay.workload)
    put = {(question.address, question.port, question.sni) for question in world.prober.asked}
    assert put >= {(pod.address, port, name) for pod in pods for port in (25, 587) for name in [*TEN_NAMES, None]}


def test_a_name_that_is_not_served_is_found_though_the_sample_is(served: World) -> None:
    names = [HOST, "smtp.mail.example.net"]
    served.prober.failing_for["smtp.mail.example.net"] = "454 TLS currently unavailable"
    served.change_inventory({"reload": "none"}, dns_names=names)

    served.tick()

    [quarantined] = served.journal.quarantine
    assert quarantined.reason == "ReplicaDoesNotServe"
    assert "454 TLS currently unavailable on port 25 for smtp.mail.example.net" in quarantined.message
