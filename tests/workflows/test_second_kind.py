"""What certificates share with every other kind: a message, a journal under a lease, pauses, and the history."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.message import Message
from shared.domain.object_ref import ALL, ObjectRef
from shared.errors import Paused, PermanentError
from shared.messages import read_message, write_message
from shared.workflows.lease import leased
from shared.workflows.pauses import pause
from shared.workflows.renew import renew
from tests.fakes.inventory import NAME
from tests.fakes.storage import FakeJournals
from tests.workflows.world import World

RELAY = ObjectRef("relay", "dev")
MESSAGE = Message(RELAY, "test")


@dataclass(frozen=True, slots=True)
class Toy:
    """The journal of a kind that does not exist."""

    schema: int = 1
    done: int = 0


def test_a_message_names_an_object_of_any_kind() -> None:
    assert read_message(write_message(MESSAGE)) == MESSAGE


def test_any_journal_is_saved_under_a_lease_and_what_was_done_stands_in_the_history(world: World) -> None:
    journals = FakeJournals(Toy, world.clock)
    with leased(MESSAGE, journals, world.ports) as held:
        held.before_effect()
        held.save(Toy(done=held.journal.done + 1))
        held.record("rollout", "rolled it", place="dev@ss-dev-00")
    assert journals.read("dev") == Toy(done=1)
    [record] = world.history.records
    assert (record.target, record.event, record.outcome) == ("relay/dev", "rollout", "rolled it")


@pytest.mark.parametrize("scope", [ALL, RELAY], ids=str)
def test_a_pause_of_it_or_of_all_keeps_it_from_the_next_effect(world: World, scope: ObjectRef) -> None:
    with leased(MESSAGE, FakeJournals(Toy, world.clock), world.ports) as held:
        pause(scope, world.clock.now() + timedelta(hours=1), "an incident", world.ports)
        with pytest.raises(Paused, match="an incident"):
            held.before_effect()


def test_a_pause_of_another_object_does_not(world: World) -> None:
    pause(ObjectRef("cluster", "ss-dev-00"), world.clock.now() + timedelta(hours=1), "an incident", world.ports)
    with leased(MESSAGE, FakeJournals(Toy, world.clock), world.ports) as held:
        held.before_effect()


def test_a_message_about_another_kind_renews_no_certificate_of_the_same_name(world: World) -> None:
    with pytest.raises(PermanentError, match=f"relay/{NAME} is no certificate"):
        renew(Message(ObjectRef("relay", NAME), "test"), world.ports)
    assert world.versions == []
