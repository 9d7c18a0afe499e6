"""One look at all clients: those of the inventory and those that only a cluster lists; what fails hides no other."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.serving.place_observation import ProviderObject, Unreachable
from shared.domain.sources import client_journal_source, client_source
from shared.errors import TransientError
from shared.inventory import Inventory, Place
from shared.inventory.clients import Client
from shared.inventory.relays import Relay
from shared.ports import Ports
from shared.workflows import observe_clients as module
from shared.workflows.observe import Look
from shared.workflows.observe_client import observe_client
from shared.workflows.observe_clients import observe_clients
from shared.workflows.observe_fleet import observe_fleet
from tests.fakes.inventory import Fields, small_inventory
from tests.workflows.calls import Calls
from tests.workflows.client_world import CLIENTS, RELAY, ClientWorld, client_world
from tests.workflows.world import FIRST, SECOND, A, B

CLASS = "relay-clients"
BY_CSI: Fields = {"clients": {"from": {"secretproviderclass": CLASS, "ignore": ["relayhost"]}}, "probe_client": None}


def secrets(*names: str) -> tuple[ProviderObject, ...]:
    return tuple(ProviderObject(name, "secret", name) for name in names)


def list_objects(world: ClientWorld, cluster: str, *objects: ProviderObject) -> None:
    world.clusters.csi.classes[cluster, "mailrelay", CLASS] = objects


def look_at(world: ClientWorld) -> Mapping[str, ClientAssessment]:
    return {each.client.name: each for each in observe_clients(Look("full"), world.ports)}


def test_twenty_clients_cost_one_look_at_each_place_and_one_read_of_each_password() -> None:
    clusters = [f"ss-dev-0{number}" for number in range(4)]
    names = [f"client-{number}" for number in range(19)]
    small = small_inventory(RELAY, None, {**{name: {} for name in names}, "probe": CLIENTS["probe"]})
    site, relay = small.clusters[A], small.relays["dev"]
    inventory = small.model_copy(
        update={
            "clusters": {name: site.model_copy(update={"name": name}) for name in clusters},
            "relays": {"dev": relay.model_copy(update={"clusters": tuple(clusters)})},
        }
    )
    calls = Calls()

    seen = observe_clients(Look("full"), calls.recorded(ClientWorld(inventory).ports))

    assert [len(each.places) for each in seen] == [4] * 20
    assert Counter(str(call) for call in calls.made if call.port != "clock") == {
        "clusters.pods": 4,
        "clusters.rollout": 4,
        "clusters.secret": 4,
        "vault.password": 20,
        "state.clients.read": 20 + 4,
    }


def test_the_watch_lists_the_pods_of_a_place_once_for_certificates_and_clients() -> None:
    world, calls = client_world(), Calls()
    world.tick()
    observe_fleet(calls.recorded(world.ports))
    assert Counter(str(call) for call in calls.made)["clusters.pods"] == 2


def test_a_secret_that_a_cluster_lists_is_a_client_in_mode_observe_where_it_is_listed() -> None:
    world = client_world({"pcol": {}}, BY_CSI)
    world.vault.store("dev", "Jobs", "s3cret-" * 4)
    list_objects(world, A, *secrets("pcol", "Jobs", "relayhost"), ProviderObject("tls", "cert", "tls.pem"))
    list_objects(world, B, *secrets("pcol"))

    seen = look_at(world)

    assert list(seen) == ["pcol", "jobs"]
    listed = seen["jobs"]
    assert (listed.client.mode, listed.client.vault, listed.client.secret) == ("observe", "dev", "Jobs")
    assert [str(place) for place in listed.places] == [FIRST]
    assert listed.observation.stored is not None


def test_a_listed_secret_without_a_known_vault_is_not_read() -> None:
    world, calls = client_world({}, BY_CSI), Calls()
    list_objects(world, A, *secrets("jobs"))
    assert observe_clients(Look("full"), calls.recorded(world.ports)) == ()
    assert "vault.password" not in {str(call) for call in calls.made}


def test_a_listed_secret_has_the_vault_that_the_relay_names_for_it() -> None:
    named = {"clients": {"vault": "dev", "from": {"secretproviderclass": CLASS}}, "probe_client": None}
    world = client_world({}, named)
    list_objects(world, A, *secrets("jobs"))
    assert [each.client.vault for each in look_at(world).values()] == ["dev"]


@pytest.mark.parametrize(
    ("listed", "file", "identity", "user"),
    [
        ("PCOL-x", "PCOL-x", "pcol-x", "PCOL-x"),
        ("pcol", "auth/pcol.user/0", "pcol-dev", "pcol.user"),
        ("jobs", "..", "jobs", "jobs"),
        ("-", "-", "listed", "listed"),
        ("x" * 127, "x", "x" * 63, "x"),
    ],
)
def test_a_listed_client_has_a_valid_id_of_its_own_and_the_user_that_its_file_names(
    listed: str, file: str, identity: str, user: str
) -> None:
    client = module.listed_client(
        ProviderObject(listed, "secret", file), "dev", inventory().places_of(relay()), {"pcol"}
    )
    assert (client.name, client.user, client.secret) == (identity, user, listed)


def test_ids_of_listed_clients_do_not_run_out() -> None:
    taken = set[str]()
    for _ in range(300):
        client = module.listed_client(
            ProviderObject("x" * 127, "secret", "x"), "dev", inventory().places_of(relay()), taken
        )
        assert client.name not in taken
        taken.add(client.name)


def inventory() -> Inventory:
    return small_inventory(BY_CSI, None, {"pcol": {}})


def relay() -> Relay:
    return inventory().relays["dev"]


def test_a_client_whose_look_meets_a_bug_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    world, healthy = client_world(), observe_client

    def buggy(client: Client, journal: ClientJournal, look: Look, ports: Ports) -> object:
        if client.name == "jobs":
            raise ZeroDivisionError
        return healthy(client, journal, look, ports)

    monkeypatch.setattr(module, "observe_client", buggy)
    seen = look_at(world)
    assert set(seen) == set(CLIENTS)
    assert client_source("jobs") in seen["jobs"].observation.read_errors
    assert all(isinstance(assessed.there, Unreachable) for assessed in seen["jobs"].places.values())
    assert all(isinstance(assessed.there, ClientPlaceObservation) for assessed in seen["pcol"].places.values())


def test_a_journal_that_cannot_be_read_is_said_of_its_client_alone() -> None:
    world = client_world()
    world.state.clients.unreadable["pcol"] = "a later release wrote it"
    seen = look_at(world)
    assert list(seen["pcol"].observation.read_errors) == [client_journal_source("pcol")]
    assert seen["jobs"].observation.read_errors == {}


def test_a_probe_client_whose_journal_cannot_be_read_proves_nothing_and_hides_no_place() -> None:
    world, look = client_world(), Look("full")
    world.state.clients.faults.before("read", TransientError("timed out"))
    observe_clients(look, world.ports)
    assert look.failures == {}
    assert {str(place): there.probe_proves for place, there in observed(look).items()} == {FIRST: False, SECOND: False}


def observed(look: Look) -> Mapping[Place, ClientPlaceObservation]:
    places = look.client_places.items()
    return {place: there for place, there in places if isinstance(there, ClientPlaceObservation)}


def test_a_place_that_no_client_is_left_at_is_looked_at_still() -> None:
    world = client_world()
    world.tick()
    world.change_clients({}, {"probe_client": None})
    report = observe_fleet(world.ports)
    assert report.clients == ()
    assert {str(place) for place in report.client_places} == {FIRST, SECOND}


def test_after_the_time_for_a_look_no_further_place_is_looked_at() -> None:
    world = client_world()
    look = Look("full", until=world.clock.now() - timedelta(seconds=1))
    observe_clients(look, world.ports)
    assert all(isinstance(there, Unreachable) for there in look.client_places.values())
