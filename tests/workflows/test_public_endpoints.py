"""Public names in front of a relay, and Services in front of its pods."""

import pytest

from shared.workflows.observe_fleet import observe_fleet
from tests.fakes.inventory import HOST, NAME
from tests.workflows.world import World, new_world

RENEWED = [HOST, "smtp.mail.example.net"]
FRONT = {"front": [{"host": "relay.example.net", "port": 25, "resolver": "10.0.0.1:53"}]}
NAMED = "dev at relay.example.net:25"


@pytest.fixture
def fronted() -> World:
    """Everything served, by way of a public name too."""
    world = new_world(FRONT)
    workload = world.places[0].relay.workload
    world.prober.behind["relay.example.net"] = [("ss-dev-00", workload), ("ss-dev-01", workload)]
    world.tick()
    return world


def test_a_front_that_leads_to_the_relay_s_clusters_is_in_order(fronted: World) -> None:
    fronted.change_inventory(FRONT, dns_names=RENEWED)
    fronted.tick()
    assert fronted.journal.public_endpoints == {}
    asked = [question for question in fronted.prober.asked if question.address == "relay.example.net"]
    assert {(question.port, str(question.resolver)) for question in asked} == {(25, "10.0.0.1:53")}
    assert HOST in {question.sni for question in asked}


def test_a_public_endpoint_that_leads_elsewhere_is_one_alert_and_blocks_nothing(fronted: World) -> None:
    fronted.prober.behind["relay.example.net"] = []
    fronted.change_inventory(FRONT, dns_names=RENEWED)
    fronted.tick()

    assert fronted.journal.public_endpoints == {NAMED: "connection refused"}
    assert fronted.verified("dev@ss-dev-01") == fronted.versions[-1].version

    fronted.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    fronted.tick()


def test_a_front_that_leads_back_is_in_order_again(fronted: World) -> None:
    behind = dict(fronted.prober.behind)
    fronted.prober.behind["relay.example.net"] = []
    fronted.tick()
    fronted.prober.behind = behind

    fronted.tick()

    assert fronted.journal.public_endpoints == {}


def test_a_front_that_is_busy_does_not_differ_and_is_not_in_order_either(fronted: World) -> None:
    for cluster in ("ss-dev-00", "ss-dev-01"):
        for pod in ("mailrelay-0", "mailrelay-1"):
            fronted.prober.turning_away[cluster, pod] = ("Busy", "busy at the greeting: 421 later")

    observed = observe_fleet(fronted.ports)

    [watched] = [each for each in observed.certificates if each.certificate.name == NAME]
    assert watched.observation.public_endpoints == {}
    assert watched.observation.read_errors == {
        f"public endpoints of {NAME}": f"{NAMED} could not be asked: busy at the greeting: 421 later"
    }


SERVICE = {"service": "mailrelay"}


def test_a_relay_whose_pods_cannot_be_reached_is_proven_at_its_service() -> None:
    world = new_world(SERVICE)
    workload = world.places[0].relay.workload
    for number, cluster in enumerate(("ss-dev-00", "ss-dev-01")):
        world.clusters.services[cluster, "mailrelay", "mailrelay"] = f"192.0.2.{number}"
        world.prober.behind[f"192.0.2.{number}"] = [(cluster, workload)]
    world.tick()

    assert world.journal.at("dev@ss-dev-01").verified is not None
    assert {question.address for question in world.prober.asked} == {"192.0.2.0", "192.0.2.1"}

    world.prober.asked.clear()
    world.handle_message()
    assert len(world.prober.asked) == 4
