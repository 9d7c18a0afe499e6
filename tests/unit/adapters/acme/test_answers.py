"""Answers that no honest authority gives, and unusual ones that honest ones do."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import requests

from shared.adapters.acme.authority import AcmeAuthority
from shared.domain.issuing.acme import Account, Authorization, Challenge
from shared.errors import AccountUnknown, PermanentError, RelaykeeperError, TransientError
from shared.inventory import AcmeIssuer
from tests.unit.adapters.acme.scripted import DIRECTORY, Reply, Scripted, problem

BASE = "https://acme.example.net"
ORDER: dict[str, Any] = {
    "status": "pending",
    "identifiers": [{"type": "dns", "value": "A.example.net"}],
    "authorizations": [f"{BASE}/authorization/1"],
    "finalize": f"{BASE}/finalize/1",
}
DNS01 = {
    "type": "dns-01",
    "url": f"{BASE}/challenge/1",
    "status": "pending",
    "token": "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ",
}
AUTHORIZATION: dict[str, Any] = {
    "status": "pending",
    "identifier": {"type": "dns", "value": "a.example.net"},
    "challenges": [{"type": "http-01", "validated": 7}, DNS01],
}
ISSUER = AcmeIssuer.model_validate({"name": "own", "directory": DIRECTORY, "account_key": "dev/key"})


@dataclass(frozen=True, slots=True)
class AccountClient:
    """An account at an authority that gives these replies."""

    authority: AcmeAuthority
    account: Account


def account_client(*replies: Reply) -> AccountClient:
    authority = AcmeAuthority(Scripted(*replies).session())
    return AccountClient(authority, Account(DIRECTORY, authority.new_key(), f"{BASE}/account/1"))


def authorization(body: object) -> Authorization:
    """Read the first authorization of an order."""
    asking = account_client(Reply(ORDER), Reply(body))
    order = asking.authority.order(asking.account, f"{BASE}/order/1")
    return asking.authority.authorizations(asking.account, order)[0]


def without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != field}


NOT_ORDERS: list[object] = [
    *[without(ORDER, field) for field in ORDER],
    {**ORDER, "status": "fine"},
    {**ORDER, "authorizations": "https://acme.example.net/authorization/1"},
    {**ORDER, "authorizations": [f"{BASE}/authorization/1"] * 1000},
    {**ORDER, "authorizations": ["http://acme.example.net/authorization/1"]},
    {**ORDER, "finalize": "file:///etc/passwd"},
    {**ORDER, "identifiers": [{"type": "dns"}]},
    {**ORDER, "certificate": 5},
    {**ORDER, "error": "no"},
    [],
    None,
    "order",
]
NOT_AUTHORIZATIONS: list[object] = [
    *[without(AUTHORIZATION, field) for field in AUTHORIZATION],
    {**AUTHORIZATION, "challenges": ["dns-01"]},
    {**AUTHORIZATION, "challenges": [without(DNS01, "token")]},
    *[
        {**AUTHORIZATION, "challenges": [{**DNS01, "token": token}]}
        for token in ("", "short", "a" * 21, "a" * 513, "a" * 21 + "=", "a" * 21 + "/", "a" * 22 + "\n", "\u00e9" * 22)
    ],
    {**AUTHORIZATION, "challenges": [{**DNS01, "token": 5}]},
    {**AUTHORIZATION, "challenges": [{**DNS01, "url": "http://acme.example.net/challenge/1"}]},
    {**AUTHORIZATION, "challenges": [{**DNS01, "error": 5}]},
]


@pytest.mark.parametrize("body", NOT_ORDERS)
def test_what_is_no_order_is_refused_in_words(body: object) -> None:
    asking = account_client(Reply(body))

    with pytest.raises(PermanentError, match=r"cannot read order https://acme\.example\.net/order/1: "):
        asking.authority.order(asking.account, f"{BASE}/order/1")


@pytest.mark.parametrize("body", NOT_AUTHORIZATIONS)
def test_what_is_no_authorization_is_refused_in_words(body: object) -> None:
    with pytest.raises(PermanentError, match=r"cannot read authorization https://acme\.example\.net/authorization/1: "):
        authorization(body)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status": "pend', b'{"finalize": "\xff"}', b'{"a":' * 100_000])
def test_what_is_not_json_may_be_a_proxys_and_pass(body: bytes) -> None:
    asking = account_client(Reply(body))

    with pytest.raises(TransientError, match="not JSON"):
        asking.authority.order(asking.account, f"{BASE}/order/1")


@pytest.mark.parametrize("directory", [{}, {"newNonce": 1}, [], {"newNonce": "x", "newAccount": "y", "newOrder": "z"}])
def test_what_is_no_directory_is_refused_in_words(directory: object) -> None:
    scripted = Scripted()
    scripted.plain[DIRECTORY] = Reply(directory)
    authority = AcmeAuthority(scripted.session())

    with pytest.raises(PermanentError, match=r"cannot read the directory https://acme\.example\.net/dir: "):
        authority.register(ISSUER, authority.new_key())


@pytest.mark.parametrize("location", [{}, {"Location": "http://acme.example.net/account/1"}])
def test_an_account_or_order_without_its_url_is_refused_in_words(location: dict[str, str]) -> None:
    asking = account_client(Reply(ORDER, 201, location), Reply({}, 201, location))

    with pytest.raises(PermanentError, match="cannot order a certificate for a at "):
        asking.authority.new_order(asking.account, ["a"])
    with pytest.raises(PermanentError, match="cannot register an account"):
        asking.authority.register(ISSUER, asking.account.key)


def test_an_order_may_live_at_another_host_and_ask_for_a_wait() -> None:
    moved = {**ORDER, "finalize": "https://other.example.net/finalize"}
    asking = account_client(Reply(moved, 201, {"Location": "https://other.example.net/order", "Retry-After": "3"}))

    order = asking.authority.new_order(asking.account, ["a.example.net"])

    assert (order.url, order.finalize) == ("https://other.example.net/order", "https://other.example.net/finalize")
    assert order.retry_after == timedelta(seconds=3)
    assert order.names == frozenset(["a.example.net"])


def test_only_dns01_is_taken_up() -> None:
    seen = authorization(AUTHORIZATION)

    assert seen.challenge
    assert seen.challenge.url == DNS01["url"]
    assert authorization({**AUTHORIZATION, "challenges": [{"type": "dns-persist-01"}]}).challenge is None


def test_a_failed_authorization_says_why() -> None:
    failed = {**DNS01, "status": "invalid", "error": {"type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN"}}

    seen = authorization({**AUTHORIZATION, "status": "invalid", "challenges": [failed]})

    assert (seen.status, seen.error) == ("invalid", "dns: NXDOMAIN")


@pytest.mark.parametrize("letters", [22, 23, 26, 34, 43, 86, 512])
@pytest.mark.parametrize("last", "AB-_9z")
def test_a_token_is_text(letters: int, last: str) -> None:
    token = "x" * (letters - 1) + last
    asking = account_client(Reply(ORDER), Reply({**AUTHORIZATION, "challenges": [{**DNS01, "token": token}]}))
    order = asking.authority.order(asking.account, f"{BASE}/order/1")

    (seen,) = asking.authority.authorizations(asking.account, order)

    text = f"{token}.{asking.authority.thumbprint(asking.account.key)}"
    assert seen.challenge is not None
    assert seen.challenge.txt == base64.urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_a_challenge_that_goes_on_says_what_failed(status: str) -> None:
    failing = {**DNS01, "status": status, "error": {"type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN"}}

    seen = authorization({**AUTHORIZATION, "challenges": [failing]})

    assert (seen.status, seen.error, seen.failed) == ("pending", "dns: NXDOMAIN", False)
    assert seen.challenge is not None
    assert (seen.challenge.status, seen.challenge.error) == (status, "dns: NXDOMAIN")


@pytest.mark.parametrize("status", ["invalid", "deactivated", "expired", "revoked"])
def test_an_authorization_that_can_never_be_valid_has_failed(status: str) -> None:
    assert authorization({**AUTHORIZATION, "status": status}).failed


def test_an_authorization_has_failed_with_its_challenge_and_may_say_why_itself() -> None:
    error = {"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden"}

    seen = authorization({**AUTHORIZATION, "error": error, "challenges": [{**DNS01, "status": "invalid"}]})

    assert (seen.failed, seen.error) == (True, "caa: forbidden")


@pytest.mark.parametrize(
    "replies",
    [
        [Reply([])],
        [Reply(b"<html>")],
        [Reply(b"")],
        [Reply(b"", 404)],
        [Reply(b"", 500)],
        [Reply(b"", 503, {"Retry-After": "5"})],
        [Reply({"orders": 5})],
        [Reply({"orders": "http://acme.example.net/orders/1"})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply([f"{BASE}/order/1"])],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"status": "valid", "contact": []})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply(b"<html>")],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply(b"")],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply(b"", 404)],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply(b"", 500)],
        [Reply({"orders": f"{BASE}/orders/1"}), problem("malformed", 400)],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"orders": None})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"orders": {"0": f"{BASE}/order/1"}})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"orders": [f"{BASE}/order/1", 5]})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"orders": [f"{BASE}/order/1"]}), Reply({"status": 5})],
        [Reply({"orders": f"{BASE}/orders/1"}), Reply({"orders": [f"{BASE}/order/1"]}), Reply(b"", 500)],
        [Reply(error=requests.ConnectionError("c"))],
    ],
)
def test_a_list_of_orders_that_cannot_be_read_is_none(replies: list[Reply]) -> None:
    asking = account_client(*replies, Reply({**ORDER}, 201, {"Location": f"{BASE}/order/9"}))

    assert asking.authority.find_order(asking.account, ["a.example.net"]) is None
    assert asking.authority.new_order(asking.account, ["a.example.net"]).url == f"{BASE}/order/9"


def test_an_entry_of_the_list_that_cannot_be_read_is_passed_over() -> None:
    asking = account_client(
        Reply({"orders": f"{BASE}/orders/1"}),
        Reply({"orders": [f"{BASE}/order/1", "http://acme.example.net/order/2", f"{BASE}/order/3"]}),
        Reply(["what"]),
        Reply(ORDER),
    )

    order = asking.authority.find_order(asking.account, ["a.example.net"])

    assert order is not None
    assert order.url == f"{BASE}/order/1"


def test_the_order_list_of_an_unknown_account_is_an_error() -> None:
    asking = account_client(problem("accountDoesNotExist"))

    with pytest.raises(AccountUnknown):
        asking.authority.find_order(asking.account, ["a.example.net"])


CONTACTS = {
    ("ops@example.org",): ["mailto:ops@example.org"],
    ("a+b@example.org", "c%d?e=f&g/h@example.org"): [
        "mailto:a+b@example.org",
        "mailto:c%25d%3Fe%3Df%26g%2Fh@example.org",
    ],
}


@pytest.mark.parametrize("contact", CONTACTS)
def test_the_contact_is_sent_when_the_account_is_made(contact: tuple[str, ...]) -> None:
    scripted = Scripted(Reply({}, 201, {"Location": f"{BASE}/account/1"}))
    authority = AcmeAuthority(scripted.session())

    authority.register(ISSUER.model_copy(update={"contact": contact}), authority.new_key())

    assert scripted.payload(0) == {"termsOfServiceAgreed": True, "contact": CONTACTS[contact]}


def test_no_contact_is_sent_where_none_is_given() -> None:
    scripted = Scripted(Reply({}, 201, {"Location": f"{BASE}/account/1"}))
    authority = AcmeAuthority(scripted.session())

    authority.register(ISSUER, authority.new_key())

    assert scripted.payload(0) == {"termsOfServiceAgreed": True}


@pytest.mark.parametrize(
    "reply",
    [
        problem("malformed", 400, "Contact information is missing"),
        problem("invalidContact", 400, "no"),
        problem("unsupportedContact", 400, "no"),
        Reply({"detail": "a contact is needed"}, 403),
    ],
)
@pytest.mark.parametrize(("contact", "verb"), [((), "Give"), (("ops@example.org",), "Change")])
def test_a_refused_account_says_where_the_contact_is_given(reply: Reply, contact: tuple[str, ...], verb: str) -> None:
    asking = account_client(reply)

    with pytest.raises(PermanentError, match=rf"\. {verb} .*issuers\.own\.contact of the inventory\.$"):
        asking.authority.register(ISSUER.model_copy(update={"contact": contact}), asking.account.key)


@pytest.mark.parametrize(("status", "refused"), [("pending", True), ("processing", False), ("valid", False)])
def test_a_refused_answer_is_an_error_only_while_the_challenge_waits(status: str, refused: bool) -> None:
    asking = account_client(problem("malformed"), Reply({**DNS01, "status": status}))
    challenge = Challenge(f"{BASE}/challenge/1", "pending", "txt")

    assert raises(lambda: asking.authority.answer(asking.account, challenge)) is refused


@pytest.mark.parametrize("kind", ["dns", "incorrectResponse", "caa", "connection", "tls"])
def test_a_validation_that_failed_at_once_is_no_refusal_of_the_answer(kind: str) -> None:
    asking = account_client(problem(kind, 400, "no TXT record found"))

    asking.authority.answer(asking.account, Challenge(f"{BASE}/challenge/1", "pending", "txt"))


def test_no_list_of_orders_finds_none() -> None:
    asking = account_client(Reply({"status": "valid"}))

    assert asking.authority.find_order(asking.account, ["a.example.net"]) is None


def test_orders_are_found_on_later_pages_past_forgotten_ones() -> None:
    next_page = {"Link": f'<{DIRECTORY}>;rel="index", <{BASE}/orders/2>;rel="next"'}
    asking = account_client(
        Reply({"orders": f"{BASE}/orders/1"}),
        Reply({"orders": [f"{BASE}/order/1"]}, headers=next_page),
        Reply({"orders": [f"{BASE}/order/2", f"{BASE}/order/3"]}),
        Reply(status=404),
        Reply({**ORDER, "status": "valid"}),
        Reply(ORDER),
    )

    order = asking.authority.find_order(asking.account, ["a.example.net"])

    assert order
    assert order.url == f"{BASE}/order/1"


def raises(call: Callable[[], object]) -> bool:
    try:
        call()
    except RelaykeeperError:
        return True
    return False
