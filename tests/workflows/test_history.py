"""Who did what, when and why is written down, once per effect."""

from collections import Counter

import pytest

from shared.domain.audit import AuditRecord
from shared.domain.object_ref import certificate_ref
from shared.domain.requests import Request
from shared.errors import TransientError
from shared.version import RELEASE
from shared.workflows.certificate_requests import submit_for_certificate
from tests.fakes.inventory import HOST, NAME
from tests.workflows.asked_requests import ANNA
from tests.workflows.world import World, new_world


@pytest.fixture
def world() -> World:
    return new_world()


def events(world: World, certificate: str = NAME) -> Counter[str]:
    return Counter(record.event for record in world.history.records if record.target == f"certificate/{certificate}")


def last(world: World, event: str) -> AuditRecord:
    return [
        record for record in world.history.records if record.event == event and record.target == f"certificate/{NAME}"
    ][-1]


def test_a_renewal_is_one_order_one_merge_a_write_and_a_verdict_per_place(world: World) -> None:
    world.tick()

    assert events(world) == {"order": 1, "merge": 1, "secret": 2, "served": 2}


def test_a_tick_that_finds_nothing_to_do_writes_nothing(world: World) -> None:
    world.tick()
    before = list(world.history.records)

    world.tick()

    assert world.history.records == before


def test_a_merge_names_the_version_its_serial_and_why(world: World) -> None:
    world.tick()

    merged, version = last(world, "merge"), world.versions[0]
    assert (merged.version, merged.serial) == (version.version, f"{version.chain[0].serial_number:x}")
    assert (merged.actor.kind, merged.reason, merged.correlation) == ("timer", "no version in the vault yet", "test")
    assert (merged.release, merged.inventory) == (RELEASE, world.ports.digest)


def test_a_verdict_names_the_place_and_what_is_served_there(world: World) -> None:
    world.tick()

    verdict = last(world, "served")
    assert verdict.place == "dev@ss-dev-01"
    assert {verdict.thumbprint} == world.served("ss-dev-01")


def test_a_restart_is_a_rollout(world: World) -> None:
    world.tick()
    world.change_inventory({"reload": "restart"}, dns_names=[HOST, "smtp.mail.example.net"])

    world.tick()

    assert events(world)["rollout"] == 2


def test_a_persons_renewal_bears_the_persons_name_and_words_to_the_last_probe(world: World) -> None:
    world.tick()
    world.history.records.clear()

    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), world.ports)
    world.work_off()

    assert events(world) == {"request": 2, "order": 1, "merge": 1, "secret": 2, "served": 2}
    assert {record.actor for record in world.history.records} == {ANNA.actor}
    assert {record.correlation for record in world.history.records} == {"call-1"}
    assert all("key leaked" in record.reason for record in world.history.records)


def test_a_rollback_tells_of_the_quarantine_and_of_what_is_served_then(world: World) -> None:
    world.tick()
    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, force=True), world.ports)
    world.work_off()
    world.history.records.clear()

    submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, kind="rollback"), world.ports)
    world.work_off()

    assert events(world) == {"request": 2, "quarantine": 1, "rollback": 1, "secret": 2, "served": 2}
    assert last(world, "quarantine").version == world.versions[1].version
    assert last(world, "served").version == world.versions[0].version


def test_the_history_names_who_asked_for_an_ended_request(world: World) -> None:
    world.tick()
    world.vault.faults.before("latest", TransientError("the vault is away"))
    refused = submit_for_certificate(Request(target=certificate_ref(NAME), trigger=ANNA, kind="rollback"), world.ports)

    world.work_off()

    end = last(world, "request")
    assert end.outcome.startswith(f"rollback failed: {refused.id}: cannot roll back {NAME}: ")
    assert (end.actor, end.reason, end.correlation) == (ANNA.actor, ANNA.reason, ANNA.correlation)


def test_the_history_has_one_record_of_a_version_that_is_not_served_after_many_attempts(world: World) -> None:
    world.tick()
    world.clusters.unreachable.add("ss-dev-00")
    world.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    world.tick()
    world.tick()

    assert events(world)["not served"] == 1


def test_a_history_that_cannot_be_written_holds_no_renewal_up_and_is_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        world.history.faults.before("append", TransientError("storage is away"))

    world.tick()

    assert world.served("ss-dev-00") == world.served("ss-dev-01")
    lost = [line for line in caplog.messages if "not in the history" in line]
    assert any("event='merge'" in line and world.versions[0].version in line for line in lost)
