"""A certificate or a place that left the inventory: nothing of it stays under way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.issuing.issuance import TxtValue
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import PermanentError, TransientError
from shared.inventory import Vault
from shared.workflows.renew import record_crash
from shared.workflows.tick import enqueue_all
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.world import World

RECORD = f"_acme-challenge.{HOST}"


@pytest.fixture
def begun(world: World) -> World:
    """A world in which a key waits in the vault, an order with the authority, and a TXT value for the secondary."""
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    assert world.dns.record_sets[RECORD]
    assert world.vault.operations
    return world


def test_a_certificate_that_leaves_while_it_is_issued_leaves_nothing(begun: World) -> None:
    begun.remove_certificate()

    begun.tick()

    assert begun.dns.record_sets[RECORD] == ()
    assert begun.vault.operations == {}
    assert begun.journal == Journal()


def test_once_cleaned_up_it_is_not_asked_for_again(begun: World) -> None:
    begun.remove_certificate()
    begun.tick()

    enqueue_all("test", begun.ports)

    assert [sent.message.target.name for sent in begun.queue.sent] == [INTERNAL]


def test_a_certificate_that_leaves_when_all_is_done_keeps_its_journal(served: World) -> None:
    before = served.journal
    served.remove_certificate()

    served.tick()

    assert served.journal == before


def test_an_operation_of_somebody_else_stays(begun: World) -> None:
    del begun.vault.operations["dev", NAME]
    begun.vault.begin_elsewhere(begun.certificate, [HOST])
    begun.remove_certificate()

    begun.tick()

    assert len(begun.vault.operations) == 1
    assert begun.journal == Journal()


def test_a_failure_to_clean_up_is_written_down_and_tried_again(begun: World) -> None:
    begun.remove_certificate()
    begun.clock.advance(timedelta(hours=1))
    begun.queue.receive()
    begun.dns.faults.before("withdraw", TransientError("no answer"))
    begun.handle_message()
    assert begun.journal.attempt.error == "no answer"
    assert begun.dns.record_sets[RECORD]

    begun.handle_message()
    assert len(begun.queue.sent) == 1

    begun.work_off()
    assert begun.journal == Journal()
    assert begun.dns.record_sets[RECORD] == ()


def test_a_vault_that_left_as_well_is_named_with_the_way_out_and_the_txt_values_go(begun: World) -> None:
    begun.remove_certificate()
    vaults = begun.inventory.vaults
    begun.inventory = begun.inventory.model_copy(update={"vaults": {}})

    begun.tick()

    assert begun.dns.record_sets[RECORD] == ()
    assert begun.journal.attempt.error is not None
    assert "in vault dev, which the inventory no longer has. Put the vault back" in begun.journal.attempt.error
    assert f"delete the journal certificates/{NAME}.json" in begun.journal.attempt.error

    begun.inventory = begun.inventory.model_copy(update={"vaults": vaults})
    begun.tick()
    assert begun.vault.operations == {}
    assert begun.journal == Journal()


def test_the_journal_names_a_removed_zone_at_each_tick(begun: World) -> None:
    begun.remove_certificate()
    begun.clock.advance(timedelta(hours=1))
    begun.queue.receive()
    for _ in range(2):
        begun.dns.faults.before("withdraw", PermanentError("the inventory no longer has the zone"))
        begun.tick()
        assert begun.journal.attempt.error == "the inventory no longer has the zone"

    begun.tick()
    assert begun.journal == Journal()


def test_a_changed_vault_leaves_no_operation_in_the_old_one(begun: World) -> None:
    other = Vault(name="other", url="https://other.vault.example.net")
    moved = begun.certificate.model_copy(update={"vault": "other"})
    begun.inventory = begun.inventory.model_copy(
        update={
            "vaults": {**begun.inventory.vaults, "other": other},
            "certificates": {**begun.inventory.certificates, NAME: moved},
        }
    )
    begun.dns.catch_up("192.0.2.2:53")

    begun.work_off()

    assert begun.vault.operations == {}
    assert begun.dns.record_sets[RECORD] == ()
    assert len(begun.vault.versions["other", NAME]) == 1


def test_a_journal_edited_by_hand_is_cleaned_up_after_all_the_same(begun: World) -> None:
    issuance = begun.journal.issuance
    assert issuance is not None
    begun.state.certificates.content[NAME] = replace(
        begun.journal, issuance=replace(issuance, key="oops", dns_names=())
    )
    begun.remove_certificate()

    begun.tick()

    assert begun.vault.operations == {}
    assert begun.journal == Journal()


def test_one_journal_that_cannot_be_read_keeps_no_other_from_being_cleaned_up(begun: World) -> None:
    begun.remove_certificate()
    begun.state.certificates.unreadable["another"] = "it is empty"
    begun.state.certificates.content = {"another": Journal(), **begun.state.certificates.content}

    with pytest.raises(PermanentError, match="cannot read journal another: it is empty"):
        enqueue_all("test", begun.ports)

    begun.work_off()
    assert begun.journal == Journal()


def test_journals_that_cannot_be_listed_keep_no_certificate_from_being_looked_at(world: World) -> None:
    world.state.certificates.faults.before("names", TransientError("cannot list"))

    with pytest.raises(TransientError, match="cannot list"):
        enqueue_all("test", world.ports)

    assert [sent.message.target.name for sent in world.queue.sent] == [NAME, INTERNAL]


def test_a_poison_message_for_what_is_left_behind_is_written_into_its_journal(begun: World) -> None:
    begun.remove_certificate()

    record_crash(Message(certificate_ref(NAME), "test"), begun.ports)

    assert "failed on a bug" in (begun.journal.attempt.error or "")


@pytest.mark.parametrize("name", ["nobody", INTERNAL])
def test_a_message_for_an_unknown_certificate_is_dropped_and_makes_no_journal(world: World, name: str) -> None:
    world.remove_certificate(INTERNAL)

    with pytest.raises(PermanentError, match=f"no certificate '{name}' in the inventory"):
        record_crash(Message(certificate_ref(name), "test"), world.ports)

    assert name not in world.state.certificates.content


def test_a_name_that_no_journal_has_is_not_looked_up(world: World) -> None:
    world.state.certificates.faults.before("read", AssertionError("it was read"))

    with pytest.raises(PermanentError, match="no certificate"):
        world.handle_message("../issuers/letsencrypt")


def test_places_that_left_the_inventory_are_forgotten_when_the_journal_is_written_next(served: World) -> None:
    assert set(served.journal.places) == {"dev@ss-dev-00", "dev@ss-dev-01"}
    served.change_inventory({"clusters": ["ss-dev-01"]})
    served.tick()
    assert set(served.journal.places) == {"dev@ss-dev-00", "dev@ss-dev-01"}

    served.change_inventory({"clusters": ["ss-dev-01"]}, dns_names=[HOST, "smtp.mail.example.net"])
    served.tick()

    assert set(served.journal.places) == {"dev@ss-dev-01"}


def test_a_value_of_another_certificate_s_journal_stays(begun: World) -> None:
    other = TxtValue("mail.example.net", RECORD, "other")
    begun.dns.publish(other)
    begun.remove_certificate()

    begun.tick()

    assert begun.dns.record_sets[RECORD] == ("other",)
