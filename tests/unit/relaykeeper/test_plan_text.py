"""A plan as people read it: a line for each thing that changes, and no name where strangers read it."""

from typing import Any

import pytest

from relaykeeper.looking.plan_text import as_markdown, as_text
from shared.api.inventory_plan import InventoryPlanView

NAME = {"field": "dns_names", "added": ["smtp.example.net"], "removed": []}


def difference(kind: str = "certificate", name: str = "prod-in", **fields: object) -> dict[str, Any]:
    return {"kind": kind, "name": name, "change": "changed", "fields": [NAME], **fields}


def change(kind: str = "certificate", name: str = "prod-in", **fields: object) -> dict[str, Any]:
    nothing = {"orders": False, "relays": 0, "restarts": 0, "new_places": [], "todo": [], "held": [], "error": ""}
    return {"kind": kind, "name": name, **nothing, **fields}


def plan(differences: list[Any], changes: list[Any], loss: str | None = None) -> InventoryPlanView:
    document = {"does_something": True, "differences": differences, "changes": changes, "loss": loss}
    return InventoryPlanView.model_validate(document)


def line(*changes: dict[str, Any], counts_only: bool = False, **of: Any) -> str:
    return as_text(plan([difference(**of)], list(changes)), counts_only=counts_only).splitlines()[0]


def test_a_name_more_is_an_order_for_its_relays() -> None:
    ordered = change(orders=True, relays=2)
    assert line(ordered) == "prod-in: +1 name (smtp.example.net) -> a new order; 2 relays; 0 restarts"
    assert line(ordered, counts_only=True) == "a certificate: +1 name -> a new order; 2 relays; 0 restarts"


def test_names_come_and_go() -> None:
    moved = {**NAME, "removed": ["a.example.net", "b.example.net"]}
    assert line(change(), fields=[moved], counts_only=True) == "a certificate: +1 name -2 names -> nothing to do"


def test_a_single_value_is_shown_before_and_after() -> None:
    mode = {"field": "mode", "added": ["manage"], "removed": ["observe"]}
    window = {"field": "window", "added": ["01:00-05:00 UTC"], "removed": []}
    assert line(change(), fields=[mode]) == "prod-in: mode observe -> manage -> nothing to do"
    assert line(kind="relay", name="prod", fields=[window]) == "relay prod: window none -> 01:00-05:00 UTC"
    assert line(kind="relay", name="prod", fields=[window], counts_only=True) == "a relay: window changed"


def test_another_order_is_said_to_be_one() -> None:
    clusters = {"field": "clusters", "added": [], "removed": []}
    assert line(kind="relay", name="prod", fields=[clusters]) == "relay prod: clusters in another order"


def test_a_place_that_is_new_and_what_is_held_are_told() -> None:
    held = {"reason": "HeldByWindow", "message": "held until Monday", "place": "prod@a"}
    told = line(change(relays=1, new_places=["prod@b"], held=[held]))
    assert told.endswith(
        "1 relay; 0 restarts; 1 place not looked at, because not deployed (prod@b); 1 thing held (held until Monday)"
    )


@pytest.mark.parametrize(("made", "how"), [("added", "new"), ("removed", "no longer in the inventory, stays as it is")])
def test_what_is_new_or_gone(made: str, how: str) -> None:
    assert line(kind="client", name="pcol", change=made, fields=[]) == f"client pcol: {how}"


def test_an_object_that_is_concerned_by_another_s_change_has_a_line_of_its_own() -> None:
    text = as_text(plan([difference("relay", "prod")], [change(relays=1)]), counts_only=False)
    assert text.splitlines()[1] == "prod-in: -> 1 relay; 0 restarts"


def test_the_deployed_inventory_is_said_to_be_it() -> None:
    assert as_text(plan([], []), counts_only=False) == "It is the deployed inventory: nothing to do."


def test_the_summary_counts() -> None:
    two = plan([difference(), difference(name="x")], [change(orders=True, relays=1), change(name="x", error="down")])
    last = as_text(two, counts_only=False).splitlines()[-1]
    assert last == "Something is done for 1 object, with 1 order. 1 object could not be looked at."


def test_with_counts_nothing_is_named() -> None:
    secret = "secret-name"  # noqa: S105 a name
    finding = {"reason": "HeldByWindow", "message": secret, "place": secret}
    field = {"field": "dns_names", "added": [secret], "removed": [secret]}
    other = {"field": "issuer", "added": [secret], "removed": [secret]}
    kinds = ("certificate", "client", "relay", "cluster", "issuer", "zone")
    differences = [difference(kind, secret, fields=[field, other]) for kind in kinds]
    full = {"todo": [finding], "held": [finding], "new_places": [secret], "error": secret}
    changes = [change(kind, secret, **full) for kind in ("certificate", "client")]
    for render in (as_text, as_markdown):
        assert secret in render(plan(differences, changes, secret), counts_only=False)
        assert secret not in render(plan(differences, changes, secret), counts_only=True)


def test_markdown_is_a_list_in_which_nothing_is_markup() -> None:
    hostile = {"field": "owner", "added": ["<img src=x> [a](http://b) @everyone *x* `y`"], "removed": []}
    text = as_markdown(plan([difference("client", "pcol", fields=[hostile])], []), counts_only=False)
    heading, empty, item, *_ = text.splitlines()
    assert (heading, empty) == ("### Relaykeeper: the plan of this inventory", "")
    assert item == ("- client pcol: owner none -> \\<img src=x\\> \\[a\\](http://b) @\u200beveryone \\*x\\* \\`y\\`")
