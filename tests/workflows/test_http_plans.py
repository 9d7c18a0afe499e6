"""The plan of an inventory that is not deployed, over HTTP: what it says, and what nobody can make the app do by it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import yaml

from shared.api.inventory_plan import LARGEST_INVENTORY, ONE_AT_A_TIME
from shared.errors import TransientError
from shared.workflows.inventory_plan import LOOKING_TIME
from tests.fakes.inventory import HOST, INTERNAL, NAME, Fields, small_document
from tests.fakes.principals import person
from tests.workflows.client_world import CLIENTS, RELAY, client_world
from tests.workflows.http import EASY_AUTH, ApiClient, Reply
from tests.workflows.test_http_description import as_described
from tests.workflows.world import RENEWED, World

type Document = dict[str, dict[str, Any]]


def ask(world: World, document: Document) -> Reply:
    reader = ApiClient(world, person("reader"), EASY_AUTH)
    return reader.post("/api/plans", inventory=yaml.safe_dump(document, sort_keys=False))


def planned(world: World, document: Document) -> Any:
    return as_described("plan_inventory", ask(world, document)).document


def one_change(world: World, document: Document) -> Any:
    [change] = planned(world, document)["changes"]
    return change


def changed(section: str, name: str, **fields: object) -> Document:
    document = small_document()
    document[section][name] = {**document[section].get(name, {}), **fields}
    return document


def second_relay(document: Document, **fields: object) -> Document:
    """Return the document with another relay, in the same clusters."""
    workload = {"workload": "other/statefulset/other", "serves": [{"certificate": NAME, "secret": "other-tls"}]}
    document["relays"]["second"] = {**deepcopy(document["relays"]["dev"]), **workload, **fields}
    return document


def test_the_deployed_inventory_changes_nothing(served: World) -> None:
    found = planned(served, small_document())
    assert found == {"does_something": False, "differences": [], "changes": [], "loss": None}


def test_one_name_more_is_a_new_order_for_each_relay_that_serves_it(served: World) -> None:
    found = planned(served, small_document(dns_names=RENEWED))
    assert found["does_something"] is True
    [difference] = found["differences"]
    assert (difference["kind"], difference["name"], difference["change"]) == ("certificate", NAME, "changed")
    assert difference["fields"] == [{"field": "dns_names", "added": ["smtp.mail.example.net"], "removed": []}]
    [change] = found["changes"]
    assert (change["name"], change["orders"], change["relays"], change["restarts"]) == (NAME, True, 1, 0)
    assert [each["reason"] for each in change["todo"]] == ["DueByNames"]


def test_restarts_are_those_that_the_inventory_wants(served: World) -> None:
    found = planned(served, small_document({"reload": "restart"}, dns_names=RENEWED))
    by_name = {each["name"]: each for each in found["changes"]}
    assert (by_name[NAME]["restarts"], by_name[INTERNAL]["restarts"]) == (2, 0)


def test_what_a_tick_does_anyway_is_no_change(served: World) -> None:
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})
    change = next(each for each in planned(served, small_document({"settle": 60}))["changes"] if each["name"] == NAME)
    assert (change["todo"], change["relays"]) == ([], 0)


def test_a_window_alone_does_nothing_and_holds_what_is_new(served: World) -> None:
    window: Fields = {"window": "Mon 09:00-16:00 Europe/London"}
    assert planned(served, small_document(window))["does_something"] is False
    found = planned(served, small_document(window, dns_names=RENEWED))["changes"]
    assert {each["reason"] for change in found if change["name"] == NAME for each in change["held"]} == {"HeldByWindow"}


def test_a_new_certificate_is_ordered_and_one_that_leaves_stays_as_it_is(served: World) -> None:
    document = small_document()
    document["certificates"]["new"] = {"vault": "dev", "issuer": "self-signed", "dns_names": ["new.example.net"]}
    change = one_change(served, document)
    assert (change["name"], change["orders"], [each["reason"] for each in change["todo"]]) == (
        "new",
        True,
        ["NeverIssued"],
    )
    document = small_document()
    del document["certificates"][INTERNAL]
    document["relays"]["dev"]["serves"].pop()
    gone = [each for each in planned(served, document)["differences"] if each["change"] == "removed"]
    assert [each["name"] for each in gone] == [INTERNAL]


def test_several_clients_fewer_are_said() -> None:
    world = client_world()
    world.tick()
    world.knows_clients(*CLIENTS)
    found = planned(world, small_document({**RELAY, "probe_client": None, "clients": {"secret": "relay-clients"}}))
    assert "lost 3 clients at once" in found["loss"]


def test_an_invalid_inventory_is_answered_with_every_error_in_it(served: World) -> None:
    document = changed("certificates", NAME, issuer="nobody")
    document["relays"]["dev"]["clusters"] = ["nowhere"]
    reply = as_described("plan_inventory", ask(served, document))
    assert reply.status == 400
    assert {each["parameter"] for each in reply.document["errors"]} >= {
        f"certificates.{NAME}.issuer",
        "relays.dev.clusters[0]",
    }
    assert all(each["detail"].startswith("line ") for each in reply.document["errors"])


@pytest.mark.parametrize("text", ["", "{", "a: &x [*x]", "- 1"])
def test_what_is_no_inventory_is_refused(served: World, text: str) -> None:
    reply = ApiClient(served, person("reader"), EASY_AUTH).post("/api/plans", inventory=text)
    assert reply.status == 400


def test_a_body_is_read_up_to_its_limit(served: World) -> None:
    reader = ApiClient(served, person("reader"), EASY_AUTH)
    assert reader.post("/api/plans", inventory="#" * LARGEST_INVENTORY).status == 413
    assert reader.post("/api/plans", inventory="#" * (LARGEST_INVENTORY - 100)).status == 400


def test_one_plan_is_made_at_a_time(served: World) -> None:
    with ONE_AT_A_TIME:
        reply = as_described("plan_inventory", ask(served, small_document()))
    assert reply.status == 429
    assert ask(served, small_document()).status == 200


def failing(served: World) -> None:
    served.state.pauses.faults.before("read", TransientError("busy"))


def invalid(served: World) -> None:
    ask(served, {"vaults": {}})


@pytest.mark.parametrize("disturb", [failing, invalid])
def test_a_plan_that_fails_lets_the_next_one_be_made(served: World, disturb: Callable[[World], None]) -> None:
    disturb(served)
    ask(served, small_document())
    assert ask(served, small_document()).status == 200


def test_what_cannot_be_looked_at_is_said(served: World) -> None:
    for _ in range(2):
        served.vault.faults.before("latest", TransientError("the vault did not answer"))
    assert "did not answer" in one_change(served, small_document(dns_names=RENEWED))["error"]


def test_a_cluster_that_does_not_answer_is_said_and_is_nothing_to_be_done(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-01")
    found = planned(served, small_document({"settle": 5}))
    assert found["does_something"] is False
    assert ["dev@ss-dev-01: " in each["error"] for each in found["changes"]] == [True, True]


@pytest.mark.parametrize(("roles", "status"), [(["reader"], 200), (["operator"], 200), (["ticker"], 403), ([], 403)])
def test_a_reader_may_plan(served: World, roles: list[str], status: int) -> None:
    caller = ApiClient(served, person(*roles), EASY_AUTH)
    assert caller.post("/api/plans", inventory=yaml.safe_dump(small_document())).status == status


def test_after_its_time_no_further_place_is_looked_at(served: World) -> None:
    probe = served.prober.probe

    def slow(probes: Any) -> Any:
        served.clock.advance(LOOKING_TIME)
        return probe(probes)

    served.prober.probe = slow  # type: ignore[method-assign]
    found = planned(served, small_document({"settle": 5}))["changes"]
    assert len(found) == 2
    assert all("looking at what comes before it took 2 minutes" in each["error"] for each in found)


@pytest.mark.parametrize(("section", "name"), [("certificates", NAME), ("relays", "dev")])
def test_labels_are_shown_as_a_difference_and_change_nothing(served: World, section: str, name: str) -> None:
    found = planned(served, changed(section, name, labels={"team": "mail"}))
    [difference] = found["differences"]
    assert difference["fields"] == [{"field": "labels", "added": ["team: mail"], "removed": []}]
    assert (found["does_something"], found["changes"]) == (False, [])
