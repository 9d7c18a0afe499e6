"""Authorities that answer with an old state, lose objects or take their time: one order, few requests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.issuing.acme import OrderStatus
from shared.errors import AccountUnknown, OrderLost, PermanentError, TransientError
from shared.ports import Ports
from tests.fakes.acme import FakeAuthority
from tests.fakes.inventory import HOST, NAME
from tests.workflows.world import World, new_world

METHODS = ["order", "authorizations", "answer", "finalize", "chain"]
LOST = OrderLost("cannot read it: answered 404")
DIRECTORY_AND_NONCE = 2
"""Requests that each execution sends besides those that the fake counts."""


@dataclass(slots=True)
class Executions:
    """Counts what each execution sends to the authority: one that sends anything asks for directory and nonce too."""

    authority: FakeAuthority
    before: int = 0
    asking: int = 0

    def counted(self, ports: Ports) -> Ports:
        self.requests()
        return ports

    def requests(self) -> int:
        """Return all requests so far; called between two executions, and at the end."""
        self.asking += self.authority.requests.total() > self.before
        self.before = self.authority.requests.total()
        return self.before + DIRECTORY_AND_NONCE * self.asking


def assert_issued_once(world: World) -> None:
    authority = world.authority
    assert (authority.new_orders, authority.finalizations, len(world.versions)) == (1, 1, 1)
    assert (world.journal.issuance, world.journal.backoff) == (None, None)


def assert_done(world: World, orders: int) -> None:
    assert (world.authority.new_orders, len(world.versions)) == (orders, 1)
    assert (world.journal.issuance, world.journal.backoff) == (None, None)


def waits_for(world: World) -> str:
    return world.journal.attempt.waiting_for or ""


@pytest.mark.parametrize("status", ["ready", "pending", "processing"])
@pytest.mark.parametrize("looks", [0, 1, 2, 3, 5, 7])
def test_an_order_that_is_not_valid_after_finalize_is_looked_at_again(
    world: World, status: OrderStatus, looks: int
) -> None:
    world.authority.stale, world.authority.stale_looks = status, looks

    world.tick(patience=timedelta(minutes=9))

    assert_issued_once(world)


def test_an_order_that_stays_ready_is_finalized_again_in_the_end(world: World) -> None:
    world.authority.stale, world.authority.stale_looks = "ready", 1000
    world.tick(patience=timedelta(minutes=9))
    assert "shows the order as ready" in waits_for(world)
    assert (world.authority.new_orders, world.authority.finalizations) == (1, 1)
    assert world.authority.requests["finalize"] == 1

    world.work_off(timedelta(minutes=20))

    assert world.authority.requests["finalize"] > 1
    assert (world.authority.new_orders, world.journal.backoff) == (1, None)


@pytest.mark.parametrize("status", ["ready", "pending", "processing"])
def test_an_authority_that_issues_without_end_keeps_its_order(world: World, status: OrderStatus) -> None:
    world.authority.stale, world.authority.stale_looks = status, 1000

    world.tick(patience=timedelta(hours=3))

    assert world.authority.new_orders == 1
    assert world.journal.backoff is not None
    world.authority.stale_looks = 0
    world.tick(patience=timedelta(hours=3))
    assert_done(world, orders=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("times", [1, 2, 5])
def test_what_is_unknown_for_a_while_is_asked_for_again(world: World, method: str, times: int) -> None:
    for _ in range(times):
        world.authority.faults.before(method, LOST)

    world.tick(patience=timedelta(minutes=5))

    assert_issued_once(world)


def test_what_is_unknown_says_until_when_it_is_asked_for(world: World) -> None:
    world.authority.faults.before("authorizations", LOST)

    world.handle_message()

    assert "answered 404; it is asked for again until 12:05:" in waits_for(world)


@pytest.mark.parametrize("method", METHODS)
def test_what_stays_unknown_is_started_over_after_minutes(world: World, method: str) -> None:
    for _ in range(6):
        world.authority.faults.before(method, LOST)
    world.tick(patience=timedelta(minutes=4))
    assert world.authority.new_orders == 1

    world.work_off(timedelta(minutes=3))

    assert_done(world, orders=2)


def test_an_authority_that_never_finds_an_order_again_is_asked_for_few(world: World) -> None:
    world.authority.authorizations = losing  # type: ignore[method-assign,assignment]

    world.tick(patience=timedelta(hours=2))

    assert world.authority.new_orders <= 8
    assert world.journal.backoff is not None
    assert "answered 404" in world.journal.backoff.error


def losing(*_: object) -> None:
    raise LOST


def test_two_lags_far_apart_are_no_loss(world: World) -> None:
    world.authority.stale, world.authority.stale_looks = "processing", 6
    world.authority.faults.before("order", LOST)
    world.handle_message()
    for minutes in (1, 7):
        world.work_off(timedelta(minutes=minutes))
        world.authority.faults.before("order", LOST)

    world.work_off(timedelta(minutes=30))

    assert_issued_once(world)


@pytest.mark.parametrize("method", ["new_order", "order", "authorizations", "answer", "finalize", "chain"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_answer_costs_no_second_order(world: World, method: str, moment: str) -> None:
    getattr(world.authority.faults, moment)(method, TransientError("cannot: the connection broke"))

    world.tick()

    assert_issued_once(world)


@pytest.mark.parametrize("method", ["new_order", "order", "authorizations", "finalize", "chain"])
def test_an_account_that_is_unknown_for_a_moment_keeps_its_order(world: World, method: str) -> None:
    world.authority.faults.before(method, AccountUnknown("account is not known"))

    world.tick()

    assert_issued_once(world)
    assert len(world.authority.accounts) == 1


def test_an_authority_that_forgot_account_and_order_is_started_over(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    world.authority.drop_accounts()
    world.dns.catch_up("192.0.2.2:53")

    world.work_off()

    assert_done(world, orders=2)


@pytest.mark.parametrize("leaves_pending", [False, True])
def test_an_invalid_authorization_ends_the_order_with_the_authoritys_words(world: World, leaves_pending: bool) -> None:
    world.authority.leaves_orders_pending = leaves_pending
    world.authority.refusals[HOST] = "CAA forbids"

    world.handle_message()

    assert world.journal.backoff is not None
    assert f"{HOST} is invalid: unauthorized: CAA forbids" in world.journal.backoff.error
    assert world.journal.issuance is not None
    assert world.journal.issuance.order is None
    world.authority.refusals.clear()
    world.work_off()
    assert_done(world, orders=2)


def test_a_failed_validation_is_reported_from_the_first_poll_on(world: World) -> None:
    world.authority.patient = True
    world.authority.refusals[HOST] = "no TXT record"

    world.handle_message()

    assert waits_for(world) == f"the authority is validating the challenges; {HOST}: unauthorized: no TXT record"


def test_a_failed_validation_is_asked_for_again_at_a_decent_interval(world: World) -> None:
    world.authority.patient = True
    world.authority.refusals[HOST] = "no TXT record"
    world.tick(patience=timedelta(minutes=55))
    assert 3 <= world.authority.requests["answer"] <= 8

    world.authority.refusals.clear()
    world.work_off(timedelta(minutes=45))

    assert_issued_once(world)


def test_a_challenge_is_answered_again_only_once_its_value_is_visible(world: World) -> None:
    world.authority.patient = True
    world.authority.refusals[HOST] = "no TXT record"
    world.handle_message()
    world.dns.record_sets.clear()
    world.dns.lag("192.0.2.2:53")
    before = world.authority.requests["answer"]

    world.work_off(timedelta(minutes=20))
    assert world.authority.requests["answer"] == before
    assert "seen on 1/2 servers" in waits_for(world)

    world.dns.catch_up("192.0.2.2:53")
    world.authority.refusals.clear()
    world.work_off(timedelta(minutes=20))
    assert_issued_once(world)


def validating(world: World) -> None:
    world.authority.patient = True
    world.authority.refusals[HOST] = "no TXT record"


def silent(world: World) -> None:
    world.authority.answer = lambda *_: None  # type: ignore[method-assign]


def lagging(world: World) -> None:
    world.dns.lag("192.0.2.2:53")


def issuing(status: OrderStatus) -> Callable[[World], None]:
    def slow(world: World) -> None:
        world.authority.stale, world.authority.stale_looks = status, 1000

    slow.__name__ = status
    return slow


WAITS = [validating, silent, lagging, issuing("processing"), issuing("ready"), issuing("pending")]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
@pytest.mark.parametrize("names", [1, 3, 10])
def test_a_waiting_order_costs_at_most_60_requests_an_hour(wait: Callable[[World], None], names: int) -> None:
    world = new_world(dns_names=[HOST, *(f"n{number}.mail.example.net" for number in range(1, names))])
    executions = Executions(world.authority)
    world.through = executions.counted
    wait(world)
    made = [0]

    world.tick(patience=timedelta(0))
    for _ in range(4 * 12):
        world.work_off(timedelta(minutes=5))
        made.append(executions.requests())

    assert world.versions == []
    assert max(later - earlier for earlier, later in zip(made, made[12:], strict=False)) <= 60


def test_a_failure_of_the_authority_that_a_person_must_repair_is_reported_at_once(world: World) -> None:
    world.authority.faults.before("finalize", PermanentError("answered 403 caa: forbidden"))

    world.handle_message()

    assert world.journal.backoff is not None
    assert "caa" in world.journal.backoff.error


def test_the_fake_counts_its_requests(world: World) -> None:
    world.tick()

    assert isinstance(world.authority, FakeAuthority)
    assert world.authority.requests["finalize"] == 1
    assert world.state.certificates.read(NAME).issuance is None
