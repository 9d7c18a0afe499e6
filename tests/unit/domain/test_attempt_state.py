"""Which messages are dropped, how long a wait has lasted, and how an attempt ends."""

from datetime import UTC, datetime, timedelta

from shared.domain.attempt_state import AttemptState
from tests.fakes.inventory import NOW

LATER = NOW + timedelta(minutes=1)
WAITING = AttemptState(next_attempt=LATER).with_wait("issuance", "DNS", NOW)


def test_a_message_before_the_next_attempt_is_dropped_but_not_the_one_sent_for_it() -> None:
    attempt = AttemptState(next_attempt=NOW)
    assert attempt.is_waiting(NOW - timedelta(seconds=2))
    assert not attempt.is_waiting(NOW - timedelta(milliseconds=900))
    assert not attempt.is_waiting(NOW)
    assert not AttemptState().is_waiting(NOW)


def test_no_message_is_waited_for_that_would_live_longer_than_messages_do() -> None:
    assert AttemptState(next_attempt=NOW + timedelta(days=7)).is_waiting(NOW)
    assert not AttemptState(next_attempt=NOW + timedelta(days=7, seconds=1)).is_waiting(NOW)
    assert not AttemptState(next_attempt=datetime.max.replace(tzinfo=UTC)).is_waiting(NOW)


def test_the_same_kind_of_wait_goes_on_since_it_began_also_after_a_failure() -> None:
    failed = WAITING.with_error("no answer")
    assert (failed.error, failed.waiting_for, failed.next_attempt) == ("no answer", None, None)
    again = failed.with_wait("issuance", "the authority", LATER)
    assert (again.error, again.waiting_for, again.waiting_since) == (None, "the authority", NOW)


def test_another_kind_of_wait_begins_now() -> None:
    assert WAITING.with_wait("dev@ss-dev-00", "pods", LATER).waiting_since == LATER


def test_an_attempt_that_is_done_leaves_nothing_unless_what_it_waited_for_was_put_off() -> None:
    assert WAITING.done() == AttemptState()
    assert WAITING.done(still_waiting=True) == AttemptState(waiting_on="issuance", waiting_since=NOW)
