"""A worker killed between an effect and its record: the history is complete all the same."""

from typing import Any

import pytest

from shared.domain.audit import AuditRecord
from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request
from shared.workflows.certificate_requests import submit_for_certificate
from tests.fakes.inventory import NAME
from tests.fakes.leaves import new_key, self_signed
from tests.workflows.asked_requests import ANNA
from tests.workflows.kills import Countdown, live_on
from tests.workflows.world import World, new_world


def kill_before_record(world: World, number: int) -> Countdown:
    """Plan the kill before the `number`-th record from now."""
    countdown = Countdown("append", number)
    history: Any = world.history
    history.faults = countdown
    return countdown


def records_of_work(world: World) -> list[AuditRecord]:
    """Return what the history says of the first certificate, but for the writing of Secrets."""
    return [each for each in world.history.records if each.target == f"certificate/{NAME}" and each.event != "secret"]


@pytest.mark.parametrize("lists_orders", [True, False])
@pytest.mark.parametrize("number", range(1, 7))
def test_the_history_of_a_killed_renewal_is_complete(number: int, lists_orders: bool) -> None:
    world = new_world()
    world.authority.lists_orders = lists_orders
    countdown = kill_before_record(world, number)

    live_on(world)

    assert countdown.struck
    version = world.versions[0].version
    verdicts = {(each.event, each.version or each.outcome, each.place) for each in records_of_work(world)}
    assert verdicts >= {
        *(("order", url, "") for url, order in world.authority.orders.items() if order.status == "valid"),
        ("merge", version, ""),
        ("served", version, "dev@ss-dev-00"),
        ("served", version, "dev@ss-dev-01"),
    }


def test_the_history_has_a_self_signed_version_too() -> None:
    world = new_world(issuer="self-signed")
    kill_before_record(world, 1)

    live_on(world)

    assert [each.version for each in records_of_work(world) if each.event == "merge"] == [world.versions[0].version]


def test_the_history_does_not_claim_a_version_that_a_person_imported() -> None:
    world = new_world()
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    key = new_key("ec-256")
    imported = world.vault.import_version(
        world.certificate, key, [self_signed(key, world.certificate, world.clock.now())]
    )

    world.tick()

    assert world.journal.issuance is None
    assert imported.version not in [each.version for each in records_of_work(world) if each.event == "merge"]


@pytest.mark.parametrize("number", range(1, 7))
def test_the_history_of_a_killed_rollback_is_complete(number: int) -> None:
    world = new_world()
    world.tick()
    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), world.ports)
    world.work_off()
    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, kind="rollback"), world.ports)
    world.history.records.clear()
    countdown = kill_before_record(world, number)

    live_on(world)

    assert countdown.struck
    older, newer = (each.version for each in world.versions)
    assert {(each.event, each.version, each.place) for each in records_of_work(world)} == {
        ("quarantine", newer, ""),
        ("rollback", "", ""),
        ("request", "", ""),
        ("served", older, "dev@ss-dev-00"),
        ("served", older, "dev@ss-dev-01"),
    }
