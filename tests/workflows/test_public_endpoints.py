"""Public names in front of a relay, and Services in front of its pods."""

import pytest

from shared.workflows.observe_fleet import observe_fleet
from tests.fakes.inventory import HOST, NAME
from tests.workflows.world import World, new_world

RENEWED = [HOST, "smtp.mail.example.net"]
ENDPOINT = {"public_endpoints": [{"host": "relay.example.net", "port": 25, "resolver": "10.0.0.1:53"}]}
NAMED = "dev at relay.example.net:25"


@pytest.fixture
def with_endpoint() -> World:
    """Everything served, by way of a public name too."""
    world = new_world(ENDPOINT)
    workload = world.places[0].relay.workload
    world.prober.behind["relay.example.net"] = [("ss-dev-00", workload), ("ss-dev-01", workload)]
    world.tick()
    return world


def test_a_public_endpoint_that_leads_to_the_relay_s_clusters_is_in_order(with_endpoint: World) -> None:
    with_endpoint.change_inventory(ENDPOINT, dns_names=RENEWED)
    with_endpoint.tick()
    assert with_endpoint.journal.public_endpoints == {}
    asked = [question for question in with_endpoint.prober.asked if question.address == "relay.example.net"]
    assert {(question.port, str(question.resolver)) for question in asked} == {(25, "10.0.0.1:53")}
    assert HOST in {question.sni for question in asked}


def test_a_public_endpoint_that_leads_elsewhere_is_one_alert_and_blocks_nothing(with_endpoint: World) -> None:
    with_endpoint.prober.behind["relay.example.net"] = []
    with_endpoint.change_inventory(ENDPOINT, dns_names=RENEWED)
    with_endpoint.tick()

    assert with_endpoint.journal.public_endpoints == {NAMED: "connection refused"}
    assert with_endpoint.verified("dev@ss-dev-01") == with_endpoint.versions[-1].version

    with_endpoint.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    with_endpoint.tick()


def test_a_public_endpoint_that_leads_back_is_in_order_again(with_endpoint: World) -> None:
    behind = dict(with_endpoint.prober.behind)
    with_endpoint.prober.behind["relay.example.net"] = []
    with_endpoint.tick()
    with_endpoint.prober.behind = behind

    with_endpoint.tick()

    assert with_endpoint.journal.public_endpoints == {}


def test_a_public_endpoint_that_is_busy_does_not_differ_and_is_not_in_order_either(with_endpoint: World) -> None:
    for cluster in ("ss-dev-00", "ss-dev-01"):
        for pod in ("mailrelay-0", "mailrelay-1"):
            with_endpoint.prober.turning_away[cluster, pod] = ("Busy", "busy at the greeting: 421 later")

    observed = observe_fleet(with_endpoint.ports)

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
