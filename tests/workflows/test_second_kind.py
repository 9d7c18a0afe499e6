"""What certificates share with every other kind: a message, a journal under a lease, attempts, pauses, the history."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from shared.domain.attempt_state import AttemptState
from shared.domain.audit import SCHEDULED
from shared.domain.message import Message
from shared.domain.object_ref import ALL, ObjectRef
from shared.domain.requests import Request
from shared.errors import NotYet, Paused, PermanentError, TransientError
from shared.messages import read_message, write_message
from shared.workflows.attempt import RETRY, record_outcome
from shared.workflows.lease import leased
from shared.workflows.pauses import pause
from shared.workflows.renew import renew
from shared.workflows.requests import find_requests, submit
from tests.fakes.inventory import NAME
from tests.fakes.storage import FakeJournals, Sent
from tests.workflows.world import World

RELAY = ObjectRef("relay", "dev")
MESSAGE = Message(RELAY, "test")


@dataclass(frozen=True, slots=True)
class Toy:
    """The journal of a kind that does not exist."""

    schema: int = 1
    attempt: AttemptState = field(default_factory=AttemptState)
    turns: int = 0

    def with_attempt(self, attempt: AttemptState) -> "Toy":
        return replace(self, attempt=attempt)

    def done(self) -> "Toy":
        return self.with_attempt(self.attempt.done())


class ToyVersion(NamedTuple):
    """A version without a leaf."""

    version: str
    thumbprint: str = ""
    serial: str = ""


def test_a_message_names_an_object_of_any_kind() -> None:
    assert read_message(write_message(MESSAGE)) == MESSAGE


def test_any_journal_is_saved_under_a_lease_and_what_was_done_stands_in_the_history(world: World) -> None:
    journals = FakeJournals(Toy, world.clock)
    with leased(MESSAGE, journals, world.ports) as held:
        held.before_effect()
        held.save(replace(held.journal, turns=held.journal.turns + 1))
        held.record("rollout", "rolled it", place="dev@ss-dev-00", version=ToyVersion("v1"))
    assert journals.read("dev") == Toy(turns=1)
    [record] = world.history.records
    assert (record.target, record.event, record.outcome) == ("relay/dev", "rollout", "rolled it")
    assert (record.actor, record.reason, record.correlation) == (SCHEDULED.actor, "scheduled", "test")
    assert (record.version, record.thumbprint, record.serial) == ("v1", "", "")


def attempt(world: World, journals: FakeJournals[Toy], failure: Exception | None = None) -> AttemptState:
    """Make one attempt, which ends in this failure, and return what the journal says of it."""
    with leased(MESSAGE, journals, world.ports) as held, record_outcome(held):
        if failure is not None:
            raise failure
    return journals.read("dev").attempt


def test_an_attempt_that_waits_or_fails_for_a_while_is_made_again_by_one_delayed_message(world: World) -> None:
    journals, now = FakeJournals(Toy, world.clock), world.clock.now()
    waiting = attempt(world, journals, NotYet("the server restarts", timedelta(seconds=30), "dev@ss-dev-00"))
    assert waiting == AttemptState(now + timedelta(seconds=30), "the server restarts", "dev@ss-dev-00", now)
    failed = attempt(world, journals, TransientError("no answer"))
    assert failed == replace(waiting, next_attempt=now + RETRY, waiting_for=None, error="no answer")
    assert world.queue.sent == [Sent(MESSAGE, now + timedelta(seconds=30)), Sent(MESSAGE, now + RETRY)]


def test_an_attempt_that_a_person_must_help_is_not_made_again_by_itself(world: World) -> None:
    journals = FakeJournals(Toy, world.clock)
    assert attempt(world, journals, PermanentError("no right")) == AttemptState(error="no right")
    assert world.queue.sent == []
    assert attempt(world, journals) == AttemptState()


@pytest.mark.parametrize("scope", [ALL, RELAY], ids=str)
def test_a_pause_of_it_or_of_all_keeps_it_from_the_next_effect(world: World, scope: ObjectRef) -> None:
    with leased(MESSAGE, FakeJournals(Toy, world.clock), world.ports) as held:
        pause(scope, world.clock.now() + timedelta(hours=1), replace(SCHEDULED, reason="an incident"), world.ports)
        with pytest.raises(Paused, match="an incident"):
            held.before_effect()


def test_a_pause_of_another_object_does_not(world: World) -> None:
    pause(
        ObjectRef("cluster", "ss-dev-00"),
        world.clock.now() + timedelta(hours=1),
        replace(SCHEDULED, reason="an incident"),
        world.ports,
    )
    with leased(MESSAGE, FakeJournals(Toy, world.clock), world.ports) as held:
        held.before_effect()


def test_a_message_about_another_kind_renews_no_certificate_of_the_same_name(world: World) -> None:
    with pytest.raises(PermanentError, match=f"relay/{NAME} is no certificate"):
        renew(Message(ObjectRef("relay", NAME), "test"), world.ports)
    assert world.versions == []


def test_a_request_is_queued_once_and_found_by_what_it_is_about(world: World) -> None:
    request = submit(Request(target=RELAY), as_it_is, world.ports)
    assert submit(Request(target=RELAY), as_it_is, world.ports) == request
    assert {sent.message for sent in world.queue.sent} == {Message(RELAY, "", request.id)}
    assert find_requests(RELAY, 10, world.ports) == ([request], [])
    assert find_requests(ObjectRef("cluster", "dev"), 10, world.ports) == ([], [])
    assert [record.target for record in world.history.records] == ["relay/dev"] * 2


def as_it_is(request: Request, others: Sequence[Request]) -> Request:
    assert not others
    return request
