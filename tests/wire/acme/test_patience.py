"""Whole renewals over the wire: one lost or odd answer at any method ends in one order and one finalization."""

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from cryptography import x509

from shared.adapters.acme.authority import AcmeAuthority
from shared.domain.certificates.chain import pem
from shared.ports import Ports
from tests.fakes.inventory import HOST
from tests.unit.adapters.acme.scripted import Reply, problem
from tests.wire.acme.server import Server
from tests.workflows.world import World, new_world

METHODS = ["order", "authorization", "challenge", "finalize", "certificate"]
UNKNOWN = [
    Reply(b"", 404),
    Reply(b"<html>not here</html>", 404, {"Retry-After": "1"}),
    problem("malformed", 404, "no such order"),
    problem("malformed", 400, "order not found"),
    problem("unauthorized", 403, "not yours"),
    Reply(b"", 410),
    Reply(b"", 400),
]
LOST = [Reply(error=requests.ConnectionError("reset")), Reply(b"", 500), Reply(b"<html>", 502), Reply(b"half", 200)]


@pytest.fixture
def server(world: World) -> Server:
    def sign(csr: x509.CertificateSigningRequest) -> bytes:
        issuer = world.authority.intermediate
        return pem((issuer.issue(csr.public_key(), HOST), issuer.certificate))

    return Server(sign)


@pytest.fixture
def world() -> World:
    return new_world()


def renew(world: World, server: Server, patience: timedelta = timedelta(minutes=30)) -> None:
    """Tick, each execution with a client of its own."""

    def on_the_wire(ports: Ports) -> Ports:
        return replace(ports, authority=AcmeAuthority(server.session()))

    world.through = on_the_wire
    world.tick(patience)


def assert_issued_once(world: World, server: Server) -> None:
    assert (len(server.orders), server.finalizations, len(world.versions)) == (1, 1, 1)
    assert (world.journal.issuance, world.journal.backoff) == (None, None)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("reply", UNKNOWN)
def test_what_is_unknown_for_a_while_costs_no_second_order(
    world: World, server: Server, method: str, times: int, reply: Reply
) -> None:
    server.before[rf"^/{method}/"] = [reply] * times

    renew(world, server)

    assert_issued_once(world, server)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reply", LOST)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lost_answer_costs_no_second_order(
    world: World, server: Server, method: str, reply: Reply, moment: str
) -> None:
    getattr(server, moment)[rf"^/{method}/"] = [reply]

    renew(world, server)
    renew(world, server)

    assert_issued_once(world, server)


@pytest.mark.parametrize("path", ["dir", "newNonce", "newAccount", "newOrder"])
@pytest.mark.parametrize("reply", [*UNKNOWN[:2], *LOST[:3]])
def test_a_fault_before_there_is_an_order_costs_none(world: World, server: Server, path: str, reply: Reply) -> None:
    server.before[rf"^/{path}$"] = [reply]

    renew(world, server)
    renew(world, server)

    assert_issued_once(world, server)


@pytest.mark.parametrize("reply", UNKNOWN)
def test_an_order_that_stays_unknown_is_started_over(world: World, server: Server, reply: Reply) -> None:
    server.before["^/order/1$"] = [reply] * 100

    renew(world, server, timedelta(minutes=4))
    assert len(server.orders) == 1
    renew(world, server, timedelta(minutes=10))

    assert (len(server.orders), server.finalizations, len(world.versions)) == (2, 1, 1)


@pytest.mark.parametrize("shown", ["ready", "pending", "processing"])
def test_an_order_that_is_shown_as_it_was_is_finalized_once(world: World, server: Server, shown: str) -> None:
    server.shows["valid"] = shown
    renew(world, server, timedelta(minutes=3))
    assert world.versions == []
    server.shows.clear()

    world.work_off()

    assert_issued_once(world, server)


@pytest.mark.parametrize(
    "lists", [Reply([]), Reply({"status": "valid"}), Reply(b"<html>"), Reply(b"", 404), Reply(b"", 500)]
)
def test_an_odd_list_of_orders_costs_no_more_than_a_second_order(world: World, server: Server, lists: Reply) -> None:
    server.after["^/newOrder$"] = [Reply(error=requests.ConnectionError("reset"))]
    server.before["^/account/"] = [lists]

    renew(world, server)

    assert (len(server.orders), server.finalizations, len(world.versions)) == (2, 1, 1)


@pytest.mark.parametrize("challenge", ["pending", "processing"])
@pytest.mark.parametrize("error", [None, {"type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN"}])
def test_a_waiting_order_costs_at_most_60_requests_an_hour(
    world: World, server: Server, challenge: str, error: dict[str, str] | None
) -> None:
    server.challenge, server.error = challenge, error
    made = [0]

    renew(world, server, timedelta(0))
    assert ("dns: NXDOMAIN" in (world.journal.attempt.waiting_for or "")) is (error is not None)
    for _ in range(4 * 12):
        world.work_off(timedelta(minutes=5))
        made.append(server.sent.total())

    assert max(later - earlier for earlier, later in zip(made, made[12:], strict=False)) <= 60
    server.challenge, server.error, server.orders["1"].status = "valid", None, "ready"
    world.work_off(timedelta(hours=2))
    assert_issued_once(world, server)


@pytest.mark.parametrize("shown", ["ready", "pending", "processing"])
def test_an_order_that_is_issued_slowly_costs_at_most_60_requests_an_hour(
    world: World, server: Server, shown: str
) -> None:
    server.shows["valid"] = shown
    made = [0]

    renew(world, server, timedelta(0))
    for _ in range(4 * 12):
        world.work_off(timedelta(minutes=5))
        made.append(server.sent.total())

    assert max(later - earlier for earlier, later in zip(made, made[12:], strict=False)) <= 60
    assert len(server.orders) == 1
