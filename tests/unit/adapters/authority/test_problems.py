"""What callers learn from a refusal."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.authority import AcmeAuthority
from shared.domain.acme import Account, Order
from shared.errors import AccountUnknown, OrderLost, PermanentError, RateLimited, RelaykeeperError, TransientError
from tests.fakes.keys import new_key, signing_request
from tests.unit.adapters.authority.scripted import DIRECTORY, Reply, Scripted, problem

ACCOUNT_URL, ORDER_URL = "https://acme.example.net/account/1", "https://acme.example.net/order/1"
AGAIN = {"Retry-After": "90"}
ORDER = Order(
    ORDER_URL, "ready", frozenset({"a.example.net"}), (f"{ORDER_URL}/authorization",), f"{ORDER_URL}/finalize"
)

CSR = signing_request(new_key("ec-256"), ["a.example.net"]).public_bytes(Encoding.DER)


def ask(reply: Reply) -> Order:
    """Order a certificate from an authority that replies so."""
    authority = AcmeAuthority(Scripted(reply).session())
    return authority.new_order(Account(DIRECTORY, authority.new_key(), ACCOUNT_URL), ["a.example.net"])


def refusal(reply: Reply) -> RelaykeeperError:
    with pytest.raises(RelaykeeperError) as refused:
        ask(reply)
    return refused.value


@pytest.mark.parametrize(
    "reply",
    [
        problem("rateLimited", 429, headers=AGAIN),
        problem("rateLimited", 403, headers=AGAIN),
        Reply(b"<html>", 429, AGAIN),
        Reply(b"busy", 503, AGAIN),
        problem("serverInternal", 500, headers=AGAIN),
    ],
)
def test_a_wait_that_is_asked_for_is_kept(reply: Reply) -> None:
    refused = refusal(reply)

    assert isinstance(refused, RateLimited)
    assert (refused.retry_after, refused.scope) == (timedelta(seconds=90), ACCOUNT_URL)


def test_a_limit_holds_back_the_names_that_it_names() -> None:
    names = [{"type": "x", "identifier": {"type": "dns", "value": name}} for name in ("a.example.net", "b.example.net")]

    refused = refusal(problem("rateLimited", 429, headers=AGAIN, subproblems=names))

    assert isinstance(refused, RateLimited)
    assert refused.scope == "a.example.net, b.example.net"


def test_a_limit_without_end_needs_a_person_and_keeps_its_token_to_itself() -> None:
    detail = "paused. Visit https://portal.example.net/unpause?jwt=eyJhbGciOiJ to go on"

    refused = refusal(problem("rateLimited", 429, detail))

    assert isinstance(refused, PermanentError)
    assert "https://portal.example.net/unpause?... to go on" in str(refused)
    assert "eyJ" not in str(refused)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"", 500),
        Reply(b"<html>", 502),
        Reply(b"", 503),
        Reply(b"", 408),
        problem("serverInternal", 400),
        problem("orderNotReady", 403),
    ],
)
def test_what_may_pass_is_transient(reply: Reply) -> None:
    assert type(refusal(reply)) is TransientError


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (problem("rejectedIdentifier", 400, "policy forbids a.example.net."), "Take the name out"),
        (problem("externalAccountRequired", 403), "choose another issuer"),
        (problem("caa", 403), "CAA"),
        (problem("malformed", 400, "no"), "answered 400 malformed: no"),
        (Reply(b"", 404), "answered 404"),
        (Reply(b'{"error": {"code": "Forbidden"}}', 403), "answered 403"),
        (Reply(b"\xff", 418), "answered 418"),
        (Reply(b'{"detail": 5}', 400), "answered 400"),
    ],
)
def test_what_cannot_work_needs_a_person(reply: Reply, words: str) -> None:
    refused = refusal(reply)

    assert isinstance(refused, PermanentError)
    assert words in str(refused)
    assert "cannot order a certificate for a.example.net at https://acme.example.net/newOrder" in str(refused)


def test_an_unknown_account_is_to_be_registered_again() -> None:
    assert isinstance(refusal(problem("accountDoesNotExist")), AccountUnknown)


def test_subproblems_are_told_with_their_names() -> None:
    part = {
        "type": "urn:ietf:params:acme:error:caa",
        "detail": "forbidden",
        "identifier": {"type": "dns", "value": "b"},
    }

    assert "compound: two things; b: caa: forbidden" in str(
        refusal(problem("compound", 403, "two things", subproblems=[part]))
    )


@pytest.mark.parametrize("reply", [Reply(b"", 404), problem("malformed", 404, "No order")])
def test_what_an_order_consists_of_is_lost_with_it(reply: Reply) -> None:
    authority = AcmeAuthority(Scripted(reply, reply, reply).session())
    account = Account(DIRECTORY, authority.new_key(), ACCOUNT_URL)

    for method in (
        lambda: authority.order(account, ORDER_URL),
        lambda: authority.authorizations(account, ORDER),
        lambda: authority.finalize(account, ORDER, CSR),
    ):
        with pytest.raises(OrderLost, match="answered 404"):
            method()
