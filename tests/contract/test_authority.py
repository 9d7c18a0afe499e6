"""What ports.Authority promises, of a real ACME authority as of the fake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.authorities import serles_directory, start_serles, start_step_ca, step_ca_directory
from shared.adapters.acme.authority import AcmeAuthority
from shared.domain.certificates.certificate import dns_names, key_hash
from shared.domain.certificates.chain import read_chain
from shared.domain.certificates.chain_order import order_chain
from shared.domain.issuing.acme import Account, Order
from shared.domain.issuing.issuance import TxtValue
from shared.errors import AccountUnknown, OrderLost, OrderNotReady
from shared.inventory import AcmeIssuer
from shared.ports import Authority, Dns
from tests.conftest import RunningStack
from tests.contract.polling import until
from tests.fakes.acme import FakeAuthority
from tests.fakes.clock import FakeClock
from tests.fakes.dns import FakeDns
from tests.fakes.inventory import small_inventory
from tests.fakes.leaves import new_key, signing_request

DEV, PROD = "dev.mailrelay.platform.hmcts.net", "prod.mailrelay.platform.hmcts.net"


@dataclass(slots=True)
class World:
    """An authority, the DNS that it looks at, and an account of the test's own."""

    authority: Authority
    dns: Dns
    issuer: AcmeIssuer
    account: Account
    lists_orders: bool = True
    published: list[TxtValue] = field(default_factory=list)

    def order(self, *names: str) -> Order:
        return self.authority.new_order(self.account, names)

    def publish(self, order: Order) -> None:
        """Show every value that the order's challenges ask for."""
        for authorization in self.authority.authorizations(self.account, order):
            assert authorization.challenge
            record = self.dns.locate(authorization.name, authorization.challenge.txt)
            self.published.append(record)
            self.dns.publish(record)
        until(lambda: all(propagation.complete for propagation in self.dns.propagation(self.published)))

    def ask_to_validate(self, order: Order) -> None:
        """Answer every challenge."""
        for authorization in self.authority.authorizations(self.account, order):
            assert authorization.challenge
            self.authority.answer(self.account, authorization.challenge)

    def answer(self, order: Order) -> Order:
        """Answer every challenge; return the order once it was validated."""
        self.ask_to_validate(order)
        return self.past("pending", order)

    def past(self, status: str, order: Order) -> Order:
        """Return the order once it has another status."""
        until(lambda: self.authority.order(self.account, order.url).status != status)
        return self.authority.order(self.account, order.url)


def world_of(authority: Authority, dns: Dns, issuer: AcmeIssuer) -> World:
    return World(authority, dns, issuer, authority.register(issuer, authority.new_key()))


def issuer_at(directory: str) -> AcmeIssuer:
    return AcmeIssuer.model_validate(
        {"name": "other", "directory": directory, "account_key": "dev/key", "contact": "postmaster@example.org"}
    )


@pytest.fixture(scope="module")
def step_ca(stack: RunningStack) -> World:
    """Step-ca: no list of orders, a failed validation leaves the challenge open, the root signs the leaf."""
    root = start_step_ca(stack.stack.supervisor, stack.folder, stack.addresses)
    return world_of(AcmeAuthority(trusting(root)), stack.ports.dns, issuer_at(step_ca_directory(stack.addresses)))


@pytest.fixture(scope="module")
def serles(stack: RunningStack) -> World:
    """Serles: validates while the challenge is answered, issues while the order is finalized, wants a contact."""
    start_serles(stack.stack.supervisor, stack.folder, stack.addresses, stack.stack.authority)
    authority = AcmeAuthority(trusting(stack.stack.authority.path))
    return world_of(authority, stack.ports.dns, issuer_at(serles_directory(stack.addresses)))


def trusting(root: Path) -> requests.Session:
    """A session that trusts this root alone, whatever the environment says."""
    session = requests.Session()
    session.trust_env, session.verify = False, str(root)
    return session


REAL = [pytest.param(name, marks=pytest.mark.e2e) for name in ("pebble", "step_ca", "serles")]


@pytest.fixture(params=["fake", *REAL])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    match request.param:
        case "fake":
            dns = FakeDns(["mailrelay.platform.hmcts.net"])
            world = world_of(FakeAuthority(dns, FakeClock()), dns, small_inventory().issuers["letsencrypt"])
        case "pebble":
            ports = request.getfixturevalue("stack").ports
            world = world_of(ports.authority, ports.dns, next(iter(ports.inventory.issuers.values())))
        case other:
            running: World = request.getfixturevalue(other)
            world = world_of(running.authority, running.dns, running.issuer)
            world.lists_orders = False
    yield world
    for record in world.published:
        world.dns.withdraw(record)


def csr_for(names: Sequence[str]) -> x509.CertificateSigningRequest:
    return signing_request(new_key("ec-256"), names)


def found(world: World, *names: str) -> str | None:
    order = world.authority.find_order(world.account, names)
    return order.url if order else None


def test_a_key_has_one_account(world: World) -> None:
    assert world.authority.register(world.issuer, world.account.key) == world.account
    assert world.authority.register(world.issuer, world.authority.new_key()).url != world.account.url


def test_thumbprints_tell_keys_apart(world: World) -> None:
    key = world.account.key

    assert world.authority.thumbprint(key) == world.authority.thumbprint(replace(key))
    assert world.authority.thumbprint(key) != world.authority.thumbprint(world.authority.new_key())


def test_each_name_is_to_be_proven_by_a_value_of_its_own(world: World) -> None:
    order = world.order(DEV, f"*.{DEV}")

    authorizations = world.authority.authorizations(world.account, order)
    assert order.status == "pending"
    assert order.names == frozenset([DEV, f"*.{DEV}"])
    assert [(one.url, one.name, one.status) for one in authorizations] == [
        (url, DEV, "pending") for url in order.authorizations
    ]
    assert len({one.challenge.txt for one in authorizations if one.challenge}) == 2


def test_what_is_issued_is_for_the_key_and_names_of_the_csr(world: World) -> None:
    names, csr = (DEV, f"*.{DEV}", PROD), csr_for([DEV, f"*.{DEV}", PROD])
    order = world.order(*names)
    world.publish(order)
    order = world.answer(order)
    assert order.status == "ready"

    world.authority.finalize(world.account, order, csr.public_bytes(Encoding.DER))
    order = world.past("processing", order)

    assert order.status == "valid"
    answer = read_chain(world.authority.chain(world.account, order))
    chain = order_chain(answer, key_hash(csr), datetime.now(UTC))
    assert dns_names(chain[0].extensions) == set(names)
    assert len(answer) > 1


def test_an_unpublished_value_fails_validation_with_a_reason(world: World) -> None:
    order = world.order(DEV)
    world.ask_to_validate(order)
    until(lambda: all(one.error for one in world.authority.authorizations(world.account, order)))

    assert world.authority.order(world.account, order.url).status in ("pending", "invalid")
    (authorization,) = world.authority.authorizations(world.account, order)
    assert (authorization.name, authorization.status) in [(DEV, "invalid"), (DEV, "pending")]
    assert authorization.failed or (authorization.challenge and authorization.challenge.error)


def test_a_validation_that_came_too_early_is_made_again_unless_it_failed_for_good(world: World) -> None:
    order = world.order(DEV)
    world.ask_to_validate(order)
    until(lambda: all(one.error for one in world.authority.authorizations(world.account, order)))

    if any(one.failed for one in world.authority.authorizations(world.account, order)):
        assert world.authority.order(world.account, order.url).status == "invalid"
    else:
        world.publish(order)
        assert world.answer(order).status == "ready"


def test_a_challenge_may_be_answered_again(world: World) -> None:
    order = world.order(DEV)
    world.publish(order)
    (authorization,) = world.authority.authorizations(world.account, order)
    world.answer(order)

    assert authorization.challenge
    world.authority.answer(world.account, authorization.challenge)

    assert world.authority.order(world.account, order.url).status == "ready"


def test_an_open_order_is_found_by_exactly_its_names(world: World) -> None:
    world.order(DEV)
    newest = world.order(DEV)
    both = world.order(DEV, PROD)

    assert found(world, DEV) == (newest.url if world.lists_orders else None)
    assert found(world, PROD, DEV) == (both.url if world.lists_orders else None)
    assert found(world, PROD) is None


def test_an_order_is_finalized_only_when_it_is_ready(world: World) -> None:
    order = world.order(DEV)

    with pytest.raises(OrderNotReady):
        world.authority.finalize(world.account, order, csr_for([DEV]).public_bytes(Encoding.DER))
    assert world.authority.order(world.account, order.url).status == "pending"


def test_an_order_that_the_authority_does_not_know_is_lost(world: World) -> None:
    order = world.order(DEV)

    with pytest.raises(OrderLost, match=f"{order.url}0"):
        world.authority.order(world.account, f"{order.url}0")


def test_an_account_that_the_authority_does_not_know_is_unknown(world: World) -> None:
    stranger = replace(world.account, key=world.authority.new_key(), url=f"{world.account.url}0")

    with pytest.raises(AccountUnknown):
        world.authority.new_order(stranger, [DEV])
