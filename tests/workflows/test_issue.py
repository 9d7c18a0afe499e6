"""Issuing goes on wherever it stopped, and leaves nothing behind."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from shared.domain.issuing.acme import Account, Order
from shared.errors import PermanentError, RateLimited, TransientError
from tests.fakes.faults import KilledError
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.fakes.leaves import Signer
from tests.workflows.world import World

CHALLENGE = f"_acme-challenge.{HOST}"


def txt_values(world: World) -> list[str]:
    return [value for values in world.dns.record_sets.values() for value in values]


def assert_nothing_is_left(world: World) -> None:
    assert txt_values(world) == []
    assert (world.certificate.vault, NAME) not in world.vault.operations
    assert world.journal.issuance is None
    assert world.journal.backoff is None


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_as_it_records_the_account_costs_nothing_but_time(world: World, moment: str) -> None:
    getattr(world.state.issuers.faults, moment)("write", KilledError())
    with pytest.raises(KilledError):
        world.handle_message()
    world.clock.advance(world.state.certificates.duration)

    world.tick()

    assert world.authority.finalizations == 1
    assert world.authority.new_orders == 1
    assert len(world.versions) == 1
    assert len(world.authority.accounts) == 1
    assert world.journal.at("dev@ss-dev-01").verified is not None
    assert_nothing_is_left(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_self_signed_certificate_survives_a_kill_as_well(world: World, moment: str) -> None:
    getattr(world.vault.faults, moment)("create", KilledError())
    with pytest.raises(KilledError):
        world.handle_message(INTERNAL)
    world.clock.advance(world.state.certificates.duration)

    world.tick()

    assert len(world.vault.versions["dev", INTERNAL]) == 1


def test_a_lost_answer_to_new_order_costs_one_order_where_the_authority_lists_none(world: World) -> None:
    world.authority.lists_orders = False
    world.authority.faults.after("new_order", KilledError())
    with pytest.raises(KilledError):
        world.handle_message()
    world.clock.advance(world.state.certificates.duration)

    world.tick()

    assert (world.authority.new_orders, world.authority.finalizations) == (2, 1)
    assert_nothing_is_left(world)


def test_a_lagging_secondary_holds_the_challenge_back(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()

    assert [sent.message.target.name for sent in world.queue.sent] == [NAME]
    assert all(a.challenge is not None and a.status == "pending" for a in world.authority.authorized.values())
    assert world.journal.attempt.next_attempt is not None

    world.dns.catch_up("192.0.2.2:53")
    world.work_off()
    assert len(world.versions) == 1
    assert world.authority.new_orders == 1


def test_an_authority_at_work_is_waited_for_through_the_queue(world: World) -> None:
    world.authority.busy_looks, world.authority.retry_after = 3, timedelta(seconds=30)

    world.tick()

    assert (world.authority.new_orders, len(world.versions)) == (1, 1)


def test_values_of_others_in_the_record_set_stay(world: World) -> None:
    world.dns.record_sets[CHALLENGE] = ("somebody-else's",)
    world.tick()
    assert world.dns.record_sets[CHALLENGE] == ("somebody-else's",)


def test_a_failed_validation_withdraws_its_value_and_backs_off_with_the_authority_s_words(world: World) -> None:
    world.authority.refusals[HOST] = "CAA record forbids issuance"

    world.handle_message()

    assert txt_values(world) == []
    assert world.journal.backoff is not None
    assert "CAA record forbids issuance" in world.journal.backoff.error
    assert world.journal.backoff.until == world.clock.now() + timedelta(minutes=5)


def test_after_a_failed_validation_the_next_attempt_uses_a_new_order_and_the_same_key(world: World) -> None:
    world.authority.refusals[HOST] = "CAA record forbids issuance"
    world.handle_message()
    pending = world.vault.pending(world.certificate)
    assert pending is not None
    world.authority.refusals.clear()

    world.work_off()

    stored = world.vault.latest(world.certificate)
    assert stored is not None
    assert world.authority.new_orders == 2
    assert_nothing_is_left(world)


def test_the_authority_is_left_alone_during_the_backoff(world: World) -> None:
    world.authority.refusals[HOST] = "CAA record forbids issuance"
    world.handle_message()
    world.handle_message()
    assert world.authority.new_orders == 1


def test_a_rate_limit_is_waited_out(world: World) -> None:
    world.authority.faults.before("new_order", RateLimited("too many orders", timedelta(hours=3), "account"))
    world.handle_message()
    assert world.journal.backoff is not None
    assert world.journal.backoff.until == world.clock.now() + timedelta(hours=3)

    world.work_off(patience=timedelta(hours=4))
    assert len(world.versions) == 1


def test_an_order_that_the_authority_forgot_is_started_over_at_once(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.authority.drop_orders()
    world.dns.catch_up("192.0.2.2:53")

    world.work_off()

    assert world.authority.new_orders == 2
    assert_nothing_is_left(world)


def test_an_account_that_the_authority_forgot_is_registered_again(served: World) -> None:
    served.authority.drop_accounts()
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert len(served.versions) == 2
    assert len(served.authority.accounts) == 1


def test_the_account_is_made_once(served: World) -> None:
    key = served.vault.secrets["dev", "letsencrypt-account-key"]
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.authority.faults.before("register", AssertionError("registered again"))

    served.tick()

    assert served.vault.secrets["dev", "letsencrypt-account-key"] == key
    assert len(served.versions) == 2


def test_a_worker_that_finds_another_at_the_account_comes_back(world: World) -> None:
    world.state.issuers.take("letsencrypt")
    world.handle_message()
    assert len(world.queue.sent) == 1
    assert world.authority.accounts == {}

    world.state.issuers.break_lease("letsencrypt")
    world.work_off()
    assert len(world.versions) == 1


def test_names_that_change_under_way_give_up_key_and_order(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.dns.catch_up("192.0.2.2:53")
    world.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    world.work_off()

    stored = world.vault.latest(world.certificate)
    assert stored is not None
    assert stored.leaf.names == {HOST, "smtp.mail.example.net"}
    assert world.authority.finalizations == 1
    assert_nothing_is_left(world)


def test_a_version_imported_under_way_ends_the_issuance(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.dns.catch_up("192.0.2.2:53")
    operation = world.vault.operations[world.certificate.vault, NAME]
    authority = world.authority.intermediate
    leaf = authority.issue(operation.key.public_key(), HOST)
    world.vault.import_version(world.certificate, operation.key, [leaf, authority.certificate])

    world.work_off()

    assert len(world.versions) == 1
    assert world.authority.finalizations == 0
    assert_nothing_is_left(world)


def test_a_chain_in_any_order_is_merged_in_order(world: World) -> None:
    world.authority.arrange = reversed_with_root(world.authority.root)
    world.tick()
    (version,) = world.versions
    assert [c.subject.rfc4514_string() for c in version.chain] == [f"CN={HOST}", "CN=Fake intermediate"]


def reversed_with_root(root: Signer):  # type: ignore[no-untyped-def]
    return lambda chain: (root.certificate, *reversed(chain))


def test_a_chain_that_cannot_be_trusted_is_not_merged_and_costs_one_order(world: World) -> None:
    def without_intermediate(chain: Sequence[x509.Certificate]) -> Sequence[x509.Certificate]:
        return chain[:1]

    world.authority.arrange = without_intermediate
    world.tick()
    world.tick()

    assert world.versions == []
    assert world.journal.backoff is not None
    assert "no trusted root signed" in world.journal.backoff.error
    assert world.authority.new_orders == 1

    world.authority.arrange = tuple
    world.tick()
    assert len(world.versions) == 1


def test_a_vault_that_fails_for_a_while_is_tried_again(world: World) -> None:
    world.vault.faults.before("merge", TransientError("cannot merge: answered 500"))
    world.handle_message()
    assert world.versions == []

    world.work_off()
    assert (len(world.versions), world.authority.finalizations) == (1, 1)
    assert_nothing_is_left(world)


def always_failing(failure: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise failure

    return fail


def test_a_secret_is_repaired_although_dns_refuses_writes(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    for method in ("publish", "withdraw"):
        setattr(served.dns, method, always_failing(PermanentError("the right to write TXT is missing")))
    del served.clusters.secrets["ss-dev-00", "mailrelay", "relay-tls"]

    served.tick()

    assert f"{HOST}.pem" in served.secret("ss-dev-00").data
    assert "the right to write TXT is missing" in (served.journal.backoff.error if served.journal.backoff else "")


def test_a_new_version_is_delivered_although_its_txt_value_cannot_be_withdrawn(served: World) -> None:
    withdraw = served.dns.withdraw
    served.dns.withdraw = always_failing(PermanentError("the zone is gone"))  # type: ignore[method-assign]
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.tick()

    assert served.verified("dev@ss-dev-01") == served.versions[-1].version
    assert txt_values(served) != []

    served.dns.withdraw = withdraw  # type: ignore[method-assign]
    served.tick()
    assert_nothing_is_left(served)


def test_values_of_an_earlier_attempt_are_not_waited_for(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    issuance = world.journal.issuance
    assert issuance is not None
    gone = replace(issuance.published[0], value="withdrawn already")
    world.state.certificates.content[NAME] = replace(
        world.journal, issuance=replace(issuance, published=(*issuance.published, gone))
    )
    world.dns.catch_up("192.0.2.2:53")

    world.work_off()

    assert len(world.versions) == 1
    assert_nothing_is_left(world)


def test_waiting_without_end_becomes_a_failure_with_a_reason(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.dns.lag("192.0.2.2:53")

    served.tick(patience=timedelta(minutes=63))

    assert served.journal.backoff is not None
    assert "seen on 1/2 servers" in served.journal.backoff.error
    assert txt_values(served) == []


def test_a_secret_is_repaired_while_the_next_version_waits_for_dns(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.dns.lag("192.0.2.2:53")
    del served.clusters.secrets["ss-dev-00", "mailrelay", "relay-tls"]

    served.handle_message()

    assert f"{HOST}.pem" in served.secret("ss-dev-00").data


def test_an_order_of_another_account_is_given_up(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.dns.catch_up("192.0.2.2:53")
    del world.vault.secrets["dev", "letsencrypt-account-key"]

    world.work_off()

    assert len(world.authority.accounts) == 2
    assert len(world.versions) == 1
    assert_nothing_is_left(world)


def test_a_mark_that_appears_under_way_ends_the_issuance_and_leaves_nothing(served: World) -> None:
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.dns.lag("192.0.2.2:53")
    served.handle_message()
    served.vault.mark(served.certificate, {"Acmebot": "v4"})

    served.work_off()

    assert_nothing_is_left(served)
    assert "marked by Acmebot" in (served.journal.attempt.error or "")


def test_corrected_names_do_not_wait_for_the_backoff_of_the_wrong_ones(served: World) -> None:
    served.authority.refusals["wrong.mail.example.net"] = "CAA record forbids issuance"
    served.change_inventory(dns_names=[HOST, "wrong.mail.example.net"])
    served.handle_message()
    served.change_inventory(dns_names=[HOST, "right.mail.example.net"])

    served.handle_message()

    assert len(served.versions) == 2
    assert_nothing_is_left(served)


def test_a_vault_that_gives_up_signing_is_not_asked_again_at_once(world: World) -> None:
    internal = world.inventory.certificates[INTERNAL]
    begun = []

    def begin_and_give_up(*_: object) -> None:
        begun.append(1)
        world.vault.begin_elsewhere(internal, internal.dns_names, "Self")

    world.vault.create = begin_and_give_up  # type: ignore[method-assign,assignment]
    world.handle_message(INTERNAL)
    del world.vault.operations["dev", INTERNAL]
    world.work_off(patience=timedelta(minutes=4))

    assert len(begun) == 1
    backoff = world.state.certificates.read(INTERNAL).backoff
    assert backoff is not None
    assert "gave up" in backoff.error


def test_a_slow_world_does_not_cost_a_lease_that_nobody_else_took(world: World) -> None:
    order = world.authority.new_order

    def slow(account: Account, names: Sequence[str]) -> Order:
        world.clock.advance(world.state.certificates.duration * 2)
        return order(account, names)

    world.authority.new_order = slow  # type: ignore[method-assign]
    world.tick()
    assert len(world.versions) == 1


def test_names_are_validated_in_one_order(world: World) -> None:
    world.change_inventory(dns_names=[HOST, "mx.mail.example.net", "smtp.mail.example.net"])
    world.tick()
    assert (world.authority.new_orders, len(world.authority.authorized)) == (1, 3)
    assert_nothing_is_left(world)
