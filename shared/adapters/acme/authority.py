"""An ACME authority (RFC 8555), by way of `acme` and `josepy` and a transport of our own.

`acme`'s own transport keeps no nonce of a refusal, gives up at the second refused one, reads no Retry-After of an order
and cannot take up an order by its URL.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests
from acme.challenges import DNS01
from acme.messages import IDENTIFIER_FQDN, CertificateRequest, Identifier, NewOrder, NewRegistration
from cryptography import x509
from josepy.b64 import b64encode

from shared.adapters.acme.keys import SigningKey, new_key, read_key
from shared.adapters.acme.messages import (
    AccountBody,
    Answer,
    AuthorizationBody,
    ChallengeBody,
    Failure,
    OrderBody,
    OrderList,
    convert,
    decode,
    https,
)
from shared.adapters.acme.problems import UnknownResource, ValidationFailed, describe_acme_problem
from shared.adapters.acme.transport import AS_GET, JOSE_JSON, PEM_CHAIN, Transport
from shared.domain.issuing.acme import Account, AccountKey, Authorization, Challenge, Order
from shared.errors import AccountUnknown, OrderLost, PermanentError, TransientError
from shared.inventory import AcmeIssuer

log = logging.getLogger("relaykeeper.progress")

MOST_PAGES = 10
MOST_READS = 20
"""Pages of an account's list of orders, and orders, that are read. Of the rest a second order is made: harmless."""

READY = b"{}"
"""The payload that says that a challenge may be validated (section 7.5.1)."""


class AcmeAuthority:
    """ports.Authority: every authority of the inventory, one transport for each directory and key.

    Not for several threads: one for each execution.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()
        self._transports: dict[tuple[str, AccountKey], Transport] = {}

    def thumbprint(self, key: AccountKey) -> str:
        return read_key(key).thumbprint()

    def new_key(self) -> AccountKey:
        return new_key()

    def register(self, issuer: AcmeIssuer, key: AccountKey) -> Account:
        """Create the key's account, or find it as it is (section 7.3.1), agreeing to the terms of service."""
        transport = self._transport(issuer.directory, key)
        url = transport.directory.new_account
        tried = f"cannot register an account at {url}"
        contact = {"contact": tuple(map(mailto, issuer.contact))} if issuer.contact else {}
        wanted = NewRegistration(terms_of_service_agreed=True, **contact)
        try:
            answer = transport.post(url, str(wanted.json_dumps()).encode(), tried, account=None)
        except PermanentError as error:
            if "contact" in str(error).removeprefix(tried).lower():
                raise about_contact(error, issuer) from error
            raise
        if answer.location is None:
            raise PermanentError(f"{tried}: the answer has no Location with the account's URL (RFC 8555, section 7.3)")
        return Account(issuer.directory, key, https(answer.location, tried))

    def find_order(self, account: Account, names: Sequence[str]) -> Order | None:
        """Return the newest open order for exactly these names; None if there is none, or no list that can be read.

        The list is an optimisation: without it a lost answer to newOrder costs a second order, which expires unused.
        It has no prescribed sequence; Pebble, which has one, appends the newest. Raises AccountUnknown.
        """
        try:
            newest_first = self._order_urls(account)[: -MOST_READS - 1 : -1]
            for order in self._readable_orders(account, newest_first):
                if order.status in ("pending", "ready") and order.names == frozenset(names):
                    return order
        except AccountUnknown:
            raise
        except (TransientError, PermanentError) as error:
            log.info("no list of earlier orders: %s", error)
        return None

    def new_order(self, account: Account, names: Sequence[str]) -> Order:
        """Ask for a certificate for `names` (section 7.4)."""
        transport = self._of(account)
        url = transport.directory.new_order
        tried = f"cannot order a certificate for {', '.join(names)} at {url}"
        identifiers = tuple(Identifier(typ=IDENTIFIER_FQDN, value=name) for name in names)
        wanted = str(NewOrder(identifiers=identifiers).json_dumps())
        answer = transport.post(url, wanted.encode(), tried, account.url)
        if answer.location is None:
            raise PermanentError(f"{tried}: the answer has no Location with the order's URL (RFC 8555, section 7.4)")
        return order_of(answer, https(answer.location, tried), tried)

    def order(self, account: Account, url: str) -> Order:
        """Read an order as it is now. Raises OrderLost."""
        tried = f"cannot read order {url}"
        return order_of(self._post(account, url, AS_GET, tried), url, tried)

    def authorizations(self, account: Account, order: Order) -> tuple[Authorization, ...]:
        """Read an order's authorizations, with the TXT values that their challenges ask for. Raises OrderLost."""
        return tuple(self._authorization(account, url) for url in order.authorizations)

    def answer(self, account: Account, challenge: Challenge) -> None:
        """Let a challenge be validated; a refusal of one that was answered before is no error. Raises OrderLost.

        Nor is one that says that the validation failed, as serles answers at once: the authorization says why then.
        """
        tried = f"cannot answer challenge {challenge.url}"
        try:
            self._post(account, challenge.url, READY, tried)
        except ValidationFailed as failed:
            log.info("%s", failed)
        except (OrderLost, PermanentError):
            answer = self._post(account, challenge.url, AS_GET, tried)
            if decode(answer.body, ChallengeBody, tried).status == "pending":
                raise

    def finalize(self, account: Account, order: Order, csr: bytes) -> Order:
        """Hand over the CSR (DER) of a `ready` order. Raises OrderLost."""
        tried = f"cannot finalize order {order.url}"
        request = str(CertificateRequest(csr=x509.load_der_x509_csr(csr)).json_dumps())
        return order_of(self._post(account, order.finalize, request.encode(), tried), order.url, tried)

    def chain(self, account: Account, order: Order) -> bytes:
        """Read the certificate of a `valid` order, PEM, not checked. Raises OrderLost where it is gone there."""
        if order.certificate is None:
            raise PermanentError(
                f"order {order.url} is {order.status} and names no certificate (RFC 8555, section 7.1.3)"
            )
        return self._post(
            account, order.certificate, AS_GET, f"cannot read certificate {order.certificate}", PEM_CHAIN
        ).body

    def _order_urls(self, account: Account) -> list[str]:
        """Read the account's list of orders (section 7.1.2.1), page by page; empty where the authority keeps none.

        Each page names the next in a Link header (RFC 8288).
        """
        transport, urls = self._of(account), list[str]()
        tried = f"cannot read account {account.url}"
        page = decode(transport.post(account.url, AS_GET, tried, account.url).body, AccountBody, tried).orders
        for _ in range(MOST_PAGES):
            if page is None:
                break
            url = https(page, tried)
            tried = f"cannot read the orders of account {account.url} at {url}"
            answer = transport.post(url, AS_GET, tried, account.url)
            urls += [order for order in decode(answer.body, OrderList, tried).orders if order.startswith("https://")]
            page = answer.next_page
        return urls

    def _readable_orders(self, account: Account, urls: Sequence[str]) -> Iterator[Order]:
        """Read orders, one request each, without those that cannot be read or that the authority has forgotten."""
        for url in urls:
            try:
                yield self.order(account, url)
            except (OrderLost, PermanentError):
                continue

    def _authorization(self, account: Account, url: str) -> Authorization:
        tried = f"cannot read authorization {url}"
        body = decode(self._post(account, url, AS_GET, tried).body, AuthorizationBody, tried)
        failures = (body.error, *(convert(challenge, Failure, tried).error for challenge in body.challenges))
        dns01 = next((challenge for challenge in body.challenges if challenge.get("type") == DNS01.typ), None)
        return Authorization(
            url=url,
            status=body.status,
            name=body.identifier.value.lower(),
            challenge=None if dns01 is None else challenge_of(dns01, self._of(account).key, tried),
            error="; ".join(describe_acme_problem(failure) for failure in failures if failure),
        )

    def _post(self, account: Account, url: str, payload: bytes, tried: str, accept: str = JOSE_JSON) -> Answer:
        """Send a payload to an order, or to what belongs to one. Raises OrderLost where the authority knows no such."""
        try:
            return self._of(account).post(url, payload, tried, account.url, accept)
        except UnknownResource as error:
            raise OrderLost(str(error)) from error

    def _of(self, account: Account) -> Transport:
        return self._transport(account.directory, account.key)

    def _transport(self, directory: str, key: AccountKey) -> Transport:
        known = self._transports.get((directory, key))
        return known or self._transports.setdefault(
            (directory, key), Transport(directory, read_key(key), self._session)
        )


def mailto(mailbox: str) -> str:
    """Return the URL of a mailbox (RFC 6068, section 2)."""
    return f"mailto:{quote(mailbox, safe="@!$'*+")}"


def about_contact(error: PermanentError, issuer: AcmeIssuer) -> PermanentError:
    remedy = "Change" if issuer.contact else "Give an e-mail address in"
    return PermanentError(f"{str(error).removesuffix('.')}. {remedy} issuers.{issuer.name}.contact of the inventory.")


def order_of(answer: Answer, url: str, tried: str) -> Order:
    """Read the order (section 7.1.3) in an answer."""
    body = decode(answer.body, OrderBody, tried)
    return Order(
        url=url,
        status=body.status,
        names=frozenset(identifier.value.lower() for identifier in body.identifiers),
        authorizations=tuple(https(authorization, tried) for authorization in body.authorizations),
        finalize=https(body.finalize, tried),
        certificate=None if body.certificate is None else https(body.certificate, tried),
        retry_after=answer.retry_after,
        error=describe_acme_problem(body.error),
    )


def challenge_of(offered: Mapping[str, Any], key: SigningKey, tried: str) -> Challenge:
    """Read a dns-01 challenge (section 8.4)."""
    body = convert(offered, ChallengeBody, tried)
    return Challenge(
        url=https(body.url, tried),
        status=body.status,
        txt=txt_value(body.token, key),
        error=describe_acme_problem(convert(offered, Failure, tried).error),
    )


def txt_value(token: str, key: SigningKey) -> str:
    """Return what a TXT record must show: the digest of the token as it was given, a dot, and the key's thumbprint
    (sections 8.1 and 8.4)."""
    return b64encode(hashlib.sha256(f"{token}.{key.thumbprint()}".encode()).digest()).decode()
