"""What the next tick would do, and what would keep it from more."""

from datetime import timedelta

import pytest

from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request
from shared.errors import RateLimited, TransientError
from shared.workflows.certificate_requests import submit_for_certificate
from shared.workflows.plan import Planned, plan
from tests.fakes.inventory import HOST, NAME
from tests.workflows.asked_requests import ANNA
from tests.workflows.calls import Calls
from tests.workflows.world import World, new_world

RENEWED = [HOST, "smtp.mail.example.net"]
FREEZE = {"until": "2026-12-01T00:00:00Z", "reason": "the move to the new network"}


@pytest.fixture
def served() -> World:
    world = new_world()
    world.tick()
    return world


def planned(world: World) -> Planned:
    return next(each for each in plan(world.ports).certificates if each.certificate == NAME)


def test_the_plan_names_a_forced_request(served: World) -> None:
    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), served.ports)

    assert "renewal by force, asked for by anna@example.net" in planned(served).todo[0].message


def test_it_says_where_a_window_will_hold_what_is_to_be_issued(served: World) -> None:
    served.change_inventory({"window": "Mon 09:00-16:00 Europe/London"}, dns_names=RENEWED)

    held = "the new version will be held until 2026-11-23 09:00 GMT (window Mon 09:00-16:00 Europe/London)"
    assert [(each.reason, str(each)) for each in planned(served).held] == [
        ("HeldByWindow", f"dev@ss-dev-00: {held}"),
        ("HeldByWindow", f"dev@ss-dev-01: {held}"),
    ]


def test_it_says_so_once_of_a_place_that_is_held_already(served: World) -> None:
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})
    served.change_inventory({"window": "Mon 09:00-16:00 Europe/London"}, dns_names=RENEWED)

    first, second = map(str, planned(served).held)

    assert first.startswith("dev@ss-dev-00: ")
    assert "the new version" not in first
    assert second.startswith("dev@ss-dev-01: the new version will be held")


def test_nothing_new_is_held_where_none_is_to_be_issued(served: World) -> None:
    served.change_inventory({"window": "Mon 09:00-16:00 Europe/London"})

    assert planned(served).held == ()


def test_the_plan_names_a_freeze_before_the_first_version() -> None:
    world = new_world({"freeze": [FREEZE]})

    assert [each.message.partition(" will be ")[2] for each in planned(world).held] == [
        "held until 2026-12-01 00:00 UTC (freeze: the move to the new network)"
    ] * 2


def test_a_cluster_that_does_not_answer_is_waited_for_once(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    calls = Calls()
    served.through = calls.recorded

    assert all(
        any("cannot reach ss-dev-00" in found.message for found in each.todo)
        for each in plan(served.ports).certificates
    )

    made = [str(call) for call in calls.made]
    assert made.count("clusters.pods") == 1 + 1, "once in vain, and once at the other cluster for both certificates"
    assert made.count("clusters.secret") == len(served.inventory.certificates)


def test_a_vault_that_does_not_answer_is_waited_for_once(served: World) -> None:
    served.vault.faults.before("latest", TransientError(f"cannot read certificate {NAME} in vault dev: no answer"))

    first, second = (each.error for each in plan(served.ports).certificates)

    assert first == f"cannot read certificate {NAME} in vault dev: no answer"
    assert second == "vault dev failed a moment ago and was not asked again: no answer"
    served.vault.faults.before("latest", RateLimited("cannot read x: slow down", timedelta(minutes=2), "x"))
    assert "was not asked again: slow down" in plan(served.ports).certificates[1].error
