"""From the leaf that a replica serves back to its version, its order, its request and who asked, by the history."""

from datetime import timedelta
from typing import Any

from tests.fakes.inventory import INTERNAL, NAME
from tests.workflows.http import operator
from tests.workflows.world import FIRST, SECOND, A, World

DNS_LAGS = "192.0.2.2:53"


def history(world: World, query: str) -> list[Any]:
    found: list[Any] = operator(world).get(f"/api/history?{query}").document["records"]
    return found


def served_leaf(world: World) -> str:
    """Return the thumbprint that a client sees at the first cluster."""
    [thumbprint] = world.served(A)
    return thumbprint


def merge_of(world: World, thumbprint: str) -> Any:
    [merge] = [each for each in history(world, f"thumbprint={thumbprint}") if each["event"] == "merge"]
    return merge


def order_of(world: World, merge: Any) -> Any:
    """Return the record of the order that a version came from."""
    about = history(world, f"target={merge['target']}")
    [order] = [each for each in about if each["event"] == "order" and each["order"] == merge["order"]]
    return order


def force(world: World, reason: str) -> Any:
    return operator(world).post(f"/api/certificates/{NAME}/renewals", force=True, reason=reason).document


def test_a_leaf_that_a_person_asked_for_leads_to_the_version_the_order_and_the_request(served: World) -> None:
    asked = force(served, "the old key may have been seen")
    served.work_off()
    merge = merge_of(served, served_leaf(served))
    served.clock.advance(timedelta(seconds=1))
    together = history(served, f"correlation={merge['correlation']}")

    stored = operator(served).get(f"/api/certificates/{NAME}").document["stored"]
    assert (merge["version"], merge["serial"]) == (stored["version"], stored["serial"])
    assert (merge["target"], merge["correlation"]) == (f"certificate/{NAME}", asked["correlation"])
    assert merge["actor"]["name"] == "Ada Lovelace"
    assert "the old key may have been seen" in merge["reason"]
    assert [each["event"] for each in together] == [
        "request",
        "order",
        "merge",
        "secret",
        "served",
        "secret",
        "served",
        "request",
    ]
    assert {each["request"] for each in together if each["event"] == "request"} == {asked["id"]}
    assert order_of(served, merge) == together[1]
    assert operator(served).get(f"/api/requests/{asked['id']}").document["by"] == merge["actor"]
    for place in (FIRST, SECOND):
        seen = [each for each in together if each["place"] == place]
        assert {(each["version"], each["thumbprint"], each["serial"]) for each in seen} == {
            (merge["version"], merge["thumbprint"], merge["serial"])
        }


def test_a_leaf_of_the_timer_s_leads_to_the_tick_and_to_no_request(served: World) -> None:
    served.clock.advance(timedelta(seconds=1))
    merge = merge_of(served, served_leaf(served))
    together = history(served, f"correlation={merge['correlation']}")

    assert (merge["actor"]["kind"], merge["reason"]) == ("timer", "no version in the vault yet")
    assert not [each for each in together if each["event"] == "request"]
    assert order_of(served, merge)["actor"]["kind"] == "timer"


def test_a_version_names_its_order_though_another_tick_placed_it(world: World) -> None:
    world.dns.lag(DNS_LAGS)
    world.handle_message()
    world.dns.catch_up(DNS_LAGS)
    asked = force(world, "now")
    world.work_off()
    merge = merge_of(world, served_leaf(world))
    world.clock.advance(timedelta(seconds=1))
    order = order_of(world, merge)

    assert merge["correlation"] == asked["correlation"]
    assert order["correlation"] == "test"
    assert order["order"] == order["outcome"]


def test_a_second_person_s_request_that_joins_names_the_first(served: World) -> None:
    first, second = force(served, "first"), force(served, "second")
    served.clock.advance(timedelta(seconds=1))
    records = history(served, f"target=certificate/{NAME}&actor=person")

    assert second["id"] == first["id"]
    assert [(each["reason"], each["request"]) for each in records] == [("first", first["id"]), ("second", first["id"])]


def test_a_self_signed_version_has_no_order(served: World) -> None:
    served.clock.advance(timedelta(seconds=1))
    [merge] = [each for each in history(served, f"target=certificate/{INTERNAL}") if each["event"] == "merge"]
    assert (merge["order"], bool(merge["thumbprint"])) == ("", True)
