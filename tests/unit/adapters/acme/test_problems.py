"""What callers learn from a refusal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.acme.authority import AcmeAuthority
from shared.domain.issuing.acme import Account, Challenge, Order
from shared.errors import (
    AccountUnknown,
    OrderLost,
    OrderNotReady,
    PermanentError,
    RateLimited,
    RelaykeeperError,
    TransientError,
)
from tests.fakes.leaves import new_key, signing_request
from tests.unit.adapters.acme.scripted import DIRECTORY, Reply, Scripted, problem

ACCOUNT_URL, ORDER_URL = "https://acme.example.net/account/1", "https://acme.example.net/order/1"
AGAIN = {"Retry-After": "90"}
ORDER = Order(
    ORDER_URL, "ready", frozenset({"a.example.net"}), (f"{ORDER_URL}/authorization",), f"{ORDER_URL}/finalize"
)

ISSUED = replace(ORDER, status="valid", certificate=f"{ORDER_URL}/certificate")

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
        Reply(b"", 404),
        Reply(b"<html>", 410),
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


def test_subproblems_are_reported_with_their_names() -> None:
    part = {
        "type": "urn:ietf:params:acme:error:caa",
        "detail": "forbidden",
        "identifier": {"type": "dns", "value": "b"},
    }

    assert "compound: two things; b: caa: forbidden" in str(
        refusal(problem("compound", 403, "two things", subproblems=[part]))
    )


UNKNOWN = [
    Reply(b"", 404),
    Reply(b"<html>not here</html>", 404),
    Reply(b"", 404, AGAIN),
    problem("malformed", 404, "No order"),
    Reply(b"", 410),
    Reply(b"", 400),
    problem("malformed", 400, "order not found"),
    problem("unauthorized", 403, "no such order of this account"),
    problem("orderDoesNotExist", 400),
    Reply(b"", 403),
    Reply(b"<html>", 405),
    problem("unauthorized", 401),
    Reply({"type": "about:blank", "status": 404}, 404),
]
"""How servers say that they do not know what is at a URL."""

CHALLENGE = Challenge(f"{ORDER_URL}/challenge", "pending", "txt")

METHODS: dict[str, Callable[[AcmeAuthority, Account], object]] = {
    "order": lambda authority, account: authority.order(account, ORDER_URL),
    "authorizations": lambda authority, account: authority.authorizations(account, ORDER),
    "answer": lambda authority, account: authority.answer(account, CHALLENGE),
    "finalize": lambda authority, account: authority.finalize(account, ORDER, CSR),
    "chain": lambda authority, account: authority.chain(account, ISSUED),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reply", UNKNOWN)
def test_what_an_order_consists_of_is_lost_with_it(reply: Reply, method: str) -> None:
    authority = AcmeAuthority(Scripted(reply, reply).session())
    account = Account(DIRECTORY, authority.new_key(), ACCOUNT_URL)

    with pytest.raises(OrderLost, match=f"answered {reply.status}"):
        METHODS[method](authority, account)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"", 500), TransientError),
        (Reply(b"", 503), TransientError),
        (Reply(b"", 408), TransientError),
        (problem("rateLimited", 429, headers=AGAIN), RateLimited),
        (problem("accountDoesNotExist", 400), AccountUnknown),
        (problem("accountDoesNotExist", 404), AccountUnknown),
        (problem("userActionRequired", 403), PermanentError),
        (problem("rejectedIdentifier", 400), PermanentError),
        (problem("badSignatureAlgorithm", 400), PermanentError),
        (Reply(b"", 406), PermanentError),
        (Reply(b"", 415), PermanentError),
        (Reply(b"", 301, {"Location": "/elsewhere"}), PermanentError),
    ],
)
def test_what_says_something_else_loses_no_order(reply: Reply, kind: type[Exception], method: str) -> None:
    authority = AcmeAuthority(Scripted(reply, reply).session())
    account = Account(DIRECTORY, authority.new_key(), ACCOUNT_URL)

    with pytest.raises(kind) as refused:
        METHODS[method](authority, account)
    assert not isinstance(refused.value, OrderLost)


def test_an_order_that_cannot_be_finalized_now_has_an_error_of_its_own() -> None:
    authority = AcmeAuthority(Scripted(problem("orderNotReady", 403)).session())

    with pytest.raises(OrderNotReady, match="answered 403 orderNotReady"):
        authority.finalize(Account(DIRECTORY, authority.new_key(), ACCOUNT_URL), ORDER, CSR)


def test_a_nonce_that_cannot_be_had_loses_no_order() -> None:
    scripted = Scripted()
    scripted.plain["https://acme.example.net/newNonce"] = Reply(b"", 404)
    authority = AcmeAuthority(scripted.session())

    with pytest.raises(TransientError, match="cannot get a nonce") as refused:
        authority.order(Account(DIRECTORY, authority.new_key(), ACCOUNT_URL), ORDER_URL)
    assert not isinstance(refused.value, OrderLost)


def test_the_error_of_changed_terms_names_the_page_where_to_agree() -> None:
    page = "https://ca.example.net/terms/2026?account=secret"

    message = str(refusal(problem("userActionRequired", 403, "Terms of service have changed", instance=page)))

    assert "userActionRequired: Terms of service have changed. A person must act first" in message
    assert "See https://ca.example.net/terms/2026?..." in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "instance", ["http://ca.example.net/terms", "/terms/2", "javascript:alert(1)", "ftp://x", "urn:uuid:1", "", None]
)
def test_a_page_that_is_not_on_https_is_not_named(instance: str | None) -> None:
    message = str(refusal(problem("userActionRequired", 403, "changed", instance=instance)))

    assert "See " not in message
    assert "agree to them there" in message


def test_a_hostile_page_is_one_short_printable_line() -> None:
    message = str(refusal(problem("unauthorized", 403, "no", instance="https://x/\x1b[31m\n\u202e" + "a" * 9000)))

    assert "See https://x/" in message
    assert message.isprintable()
    assert len(message) < 1200
