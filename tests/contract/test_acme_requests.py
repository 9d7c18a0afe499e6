"""How many requests an order costs once directory and nonce are known: 2N+5, and order reads beyond the second."""

from collections.abc import Iterator

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.acme.authority import AcmeAuthority
from shared.domain.issuing.issuance import TxtValue
from shared.ports import Dns
from tests.contract.polling import until
from tests.contract.test_authority import DEV, PROD, World, world_of
from tests.fakes.leaves import new_key, signing_request

pytestmark = pytest.mark.e2e


@pytest.fixture
def sent() -> list[str]:
    """The requests that the authority has been sent."""
    return []


@pytest.fixture
def world(request: pytest.FixtureRequest, sent: list[str]) -> Iterator[World]:
    ports, session = request.getfixturevalue("stack").ports, requests.Session()
    session.hooks["response"].append(lambda answer, **_: sent.append(f"{answer.request.method} {answer.url}"))
    world = world_of(AcmeAuthority(session), ports.dns, next(iter(ports.inventory.issuers.values())))
    yield world
    for record in world.published:
        world.dns.withdraw(record)


@pytest.mark.parametrize("names", [(DEV,), (DEV, f"*.{DEV}", PROD, f"*.{PROD}")])
def test_an_order_costs_2n_and_5_requests(world: World, sent: list[str], names: tuple[str, ...]) -> None:
    authority, account = world.authority, world.account
    csr = signing_request(new_key("ec-256"), names).public_bytes(Encoding.DER)
    sent.clear()

    order = authority.new_order(account, names)
    challenges = [(one.name, one.challenge) for one in authority.authorizations(account, order) if one.challenge]
    world.published += [shown(world.dns, name, challenge.txt) for name, challenge in challenges]
    until(lambda: all(propagation.complete for propagation in world.dns.propagation(world.published)))
    for _, challenge in challenges:
        authority.answer(account, challenge)
    order = world.past("pending", order)
    authority.finalize(account, order, csr)
    order = world.past("processing", order)
    authority.chain(account, order)

    extra_looks = sent.count(f"POST {order.url}") - 2
    assert len(sent) - extra_looks == 2 * len(names) + 5


def shown(dns: Dns, name: str, value: str) -> TxtValue:
    record = dns.locate(name, value)
    dns.publish(record)
    return record
