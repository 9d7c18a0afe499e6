"""A vault that is at work by itself or for somebody else: signing takes it some seconds, and ends at any moment."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import cast

import pytest

from shared.errors import Conflict, TransientError
from shared.inventory.relays import Certificate
from shared.ports import Vaults
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, INTERNAL
from tests.workflows.calls import Recorder
from tests.workflows.world import World, new_world

FOREVER = timedelta(days=1)
SMTP = "smtp.mail.example.net"


@pytest.fixture
def internal(world: World) -> Certificate:
    return world.inventory.certificates[INTERNAL]


@pytest.fixture
def creations(world: World) -> list[Certificate]:
    """The calls of create."""
    made, create = [], world.vault.create

    def counted(certificate: Certificate, tags: dict[str, str]) -> None:
        made.append(certificate)
        create(certificate, tags)

    world.vault.create = counted  # type: ignore[method-assign,assignment]
    return made


def at_call_of_the_vault(world: World, number: int, act: Callable[[], object]) -> None:
    """Let something happen right before the call of that number that workers make of the vault from now on."""
    calls = count(1)

    def before(_: str) -> None:
        if next(calls) == number:
            act()

    world.through = lambda ports: replace(ports, vault=cast("Vaults", Recorder(ports.vault, before)))


def assert_signed_once(world: World, creations: list[Certificate], caplog: pytest.LogCaptureFixture) -> None:
    journal = world.state.certificates.read(INTERNAL)
    assert [one.name for one in creations] == [INTERNAL]
    assert len(world.vault.versions["dev", INTERNAL]) == 1
    assert (journal.backoff, journal.issuance, journal.attempt.error) == (None, None, None)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("seconds", [0, 1, 3, 5, 8, 12])
def test_however_long_the_vault_takes_to_sign_it_is_one_version(
    world: World, creations: list[Certificate], caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    world.vault.signing = timedelta(seconds=seconds)

    world.handle_message(INTERNAL)
    world.work_off()

    assert_signed_once(world, creations, caplog)


@pytest.mark.parametrize("number", range(1, 7))
def test_the_vault_may_be_done_between_any_two_looks_of_a_later_attempt(
    world: World,
    internal: Certificate,
    creations: list[Certificate],
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    world.vault.signing = FOREVER
    world.handle_message(INTERNAL)
    assert world.vault.operations
    at_call_of_the_vault(world, number, lambda: world.vault.sign(internal))

    world.work_off()
    world.handle_message(INTERNAL)

    assert_signed_once(world, creations, caplog)


@pytest.mark.parametrize("number", range(1, 7))
def test_nor_does_a_worker_that_died_before_it_wrote_the_key_down_begin_another(
    world: World,
    internal: Certificate,
    creations: list[Certificate],
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    world.vault.signing = FOREVER
    world.vault.faults.after("create", KilledError())
    with pytest.raises(KilledError):
        world.handle_message(INTERNAL)
    world.clock.advance(world.state.certificates.duration)
    at_call_of_the_vault(world, number, lambda: world.vault.sign(internal))

    world.handle_message(INTERNAL)
    world.work_off()

    assert_signed_once(world, creations, caplog)


def test_a_version_for_other_names_is_not_the_one_that_was_asked_for(world: World) -> None:
    """The inventory changed while the vault signed, and the vault was done right after we had looked."""
    world = new_world(issuer="self-signed")
    world.vault.signing = FOREVER
    world.handle_message()
    before = world.certificate
    world.change_inventory(issuer="self-signed", dns_names=[HOST, SMTP])
    at_call_of_the_vault(world, 3, lambda: world.vault.sign(before))

    world.vault.signing = timedelta(seconds=8)
    world.handle_message()
    world.work_off()

    stored = world.vault.latest(world.certificate)
    assert stored is not None
    assert stored.leaf.names == {HOST, SMTP}
    assert len(world.versions) == 2
    assert [each.version for each in world.history.records if each.event == "merge"] == [stored.version]
    assert world.journal.backoff is None


def test_a_merge_that_somebody_repeated_for_us_is_done(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.vault.faults.after("merge", Conflict("its operation has ended"))

    world.tick()

    assert len(world.versions) == 1
    assert (world.journal.backoff, world.journal.issuance) == (None, None)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "failure", [Conflict("its operation has ended"), TransientError("the vault is busy with it")], ids=["ended", "busy"]
)
def test_a_merge_that_failed_for_a_moment_costs_no_second_order(world: World, failure: TransientError) -> None:
    world.vault.faults.before("merge", failure)

    world.tick()

    assert (len(world.versions), world.authority.new_orders, world.authority.finalizations) == (1, 1, 1)
    assert world.journal.backoff is None
