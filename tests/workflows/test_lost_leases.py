"""A worker froze right before an effect and was replaced: what it does when it wakes up is undone, or costs little."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.certificates.certificate import PendingOperation
from shared.errors import LeaseLost
from shared.inventory.relays import Certificate
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.world import World

RECORD = f"_acme-challenge.{HOST}"
OTHER_HOST = "smtp.mail.example.net"


def freeze(world: World, port: str, method: str, meanwhile: Callable[[], object], name: str = NAME) -> None:
    """Let the next call of a method stand still until its lease was broken and `meanwhile` has happened."""
    fake, call = getattr(world, port), getattr(getattr(world, port), method)

    def late(*arguments: Any) -> Any:
        setattr(fake, method, call)
        world.state.certificates.break_lease(name)
        meanwhile()
        return call(*arguments)

    setattr(fake, method, late)


def run_until_replaced(world: World, name: str = NAME) -> None:
    with pytest.raises(LeaseLost):
        world.handle_message(name)


def assert_renewed_and_clean(world: World) -> None:
    assert (len(world.versions), world.authority.finalizations) == (1, 1)
    assert world.dns.record_sets.get(RECORD, ()) == ()
    assert world.vault.operations == {}
    assert world.journal.issuance is None


@pytest.mark.parametrize(("port", "method"), [("vault", "create"), ("dns", "publish")])
def test_an_effect_that_comes_after_the_replacement_is_done_leaves_nothing(
    world: World, port: str, method: str
) -> None:
    freeze(world, port, method, meanwhile=world.tick)

    run_until_replaced(world)

    assert_renewed_and_clean(world)
    world.change_inventory(dns_names=[HOST, OTHER_HOST])
    world.tick()
    assert len(world.versions) == 2


def test_a_key_that_the_replacement_goes_on_with_is_left_to_it(world: World) -> None:
    def be_killed_before_creating_one() -> None:
        world.vault.faults.before("create", KilledError())
        with pytest.raises(KilledError):
            world.handle_message()

    freeze(world, "vault", "create", meanwhile=be_killed_before_creating_one)
    run_until_replaced(world)
    operations = dict(world.vault.operations)
    assert len(operations) == 1

    world.clock.advance(world.state.certificates.duration)
    world.tick()

    assert world.versions[0].key.public_key() == operations["dev", NAME].key.public_key()
    assert_renewed_and_clean(world)


def test_a_key_for_what_is_no_longer_wanted_is_discarded(world: World) -> None:
    def add_a_name_and_be_killed() -> None:
        world.change_inventory(dns_names=[HOST, OTHER_HOST])
        world.vault.faults.before("create", KilledError())
        with pytest.raises(KilledError):
            world.handle_message()

    freeze(world, "vault", "create", meanwhile=add_a_name_and_be_killed)
    run_until_replaced(world)
    assert world.vault.operations == {}

    world.clock.advance(world.state.certificates.duration)
    world.tick()
    assert_renewed_and_clean(world)


def test_a_key_that_comes_beside_the_replacement_s_own_is_refused_and_changes_nothing(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    freeze(world, "vault", "create", meanwhile=world.handle_message)
    run_until_replaced(world)
    assert world.vault.operations.keys() == {("dev", NAME)}

    world.dns.catch_up("192.0.2.2:53")
    world.work_off()

    assert world.authority.new_orders == 1
    assert_renewed_and_clean(world)


def test_an_operation_that_somebody_else_began_is_left_alone(world: World) -> None:
    pending = world.vault.pending

    def one_of_theirs(certificate: Certificate) -> PendingOperation | None:
        world.vault.begin_elsewhere(certificate, ["theirs.example.net"])
        return pending(certificate)

    def finish_and_let_somebody_in() -> None:
        world.tick()
        world.vault.pending = one_of_theirs  # type: ignore[method-assign]

    freeze(world, "vault", "create", meanwhile=finish_and_let_somebody_in)
    run_until_replaced(world)

    assert world.vault.operations.keys() == {("dev", NAME)}


def test_a_value_that_the_replacement_waits_to_be_seen_stays_until_it_withdraws_it(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    freeze(world, "dns", "publish", meanwhile=world.handle_message)
    run_until_replaced(world)
    assert len(world.dns.record_sets[RECORD]) == 1

    world.dns.catch_up("192.0.2.2:53")
    world.work_off()

    assert world.authority.new_orders == 1
    assert_renewed_and_clean(world)


def test_a_value_of_an_order_that_the_replacement_gave_up_is_withdrawn(world: World) -> None:
    def be_refused() -> None:
        world.authority.refusals[HOST] = "CAA record forbids issuance"
        world.handle_message()

    freeze(world, "dns", "publish", meanwhile=be_refused)
    run_until_replaced(world)

    assert world.dns.record_sets[RECORD] == ()


def test_a_version_that_the_vault_signed_too_late_is_one_too_many_and_is_served(world: World) -> None:
    freeze(world, "vault", "create", meanwhile=world.tick, name=INTERNAL)
    run_until_replaced(world, INTERNAL)
    assert len(world.vault.versions["dev", INTERNAL]) == 2

    world.tick()

    stored = world.vault.latest(world.inventory.certificates[INTERNAL])
    proof = world.state.certificates.read(INTERNAL).at("dev@ss-dev-01").verified
    assert stored is not None
    assert proof is not None
    assert proof.version == stored.version
    assert len(world.vault.versions["dev", INTERNAL]) == 2


def test_an_account_key_that_is_stored_too_late_costs_one_account(world: World) -> None:
    def register_another() -> None:
        world.state.issuers.break_lease("letsencrypt")
        world.tick()

    freeze(world, "vault", "put_secret", meanwhile=register_another)
    run_until_replaced(world)
    assert_renewed_and_clean(world)

    world.change_inventory(dns_names=[HOST, OTHER_HOST])
    world.tick()

    assert len(world.authority.accounts) == 2
    assert len(world.versions) == 2


def test_a_replacement_whose_key_is_discarded_too_late_begins_another(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.clock.advance(timedelta(minutes=1))
    world.queue.receive()
    world.change_inventory(dns_names=[HOST, OTHER_HOST])
    freeze(world, "vault", "discard", meanwhile=world.handle_message)
    run_until_replaced(world)
    assert world.vault.operations == {}

    world.dns.catch_up("192.0.2.2:53")
    world.work_off()

    assert_renewed_and_clean(world)
