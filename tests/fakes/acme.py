"""An ACME authority in memory, which looks at DNS before it believes and signs with keys of its own.

Its objects change as RFC 8555, section 7.1.6 says.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.domain.certificates.certificate import dns_names, thumbprint
from shared.domain.certificates.chain import pem
from shared.domain.issuing.acme import (
    Account,
    AccountKey,
    Authorization,
    AuthorizationStatus,
    Challenge,
    Order,
    OrderStatus,
)
from shared.errors import AccountUnknown, OrderLost, OrderNotReady, PermanentError
from shared.inventory import AcmeIssuer
from shared.ports import Clock
from tests.fakes.dns import FakeDns
from tests.fakes.faults import Faults
from tests.fakes.leaves import Signer


def asked(url: str, name: str) -> Authorization:
    """Return an authorization that nobody has answered yet."""
    challenge = Challenge(f"{url}/dns-01", "pending", secrets.token_urlsafe(32))
    return Authorization(url, "pending", name.removeprefix("*."), challenge)


def validated(authorization: Authorization, challenge: Challenge, refusal: str, patient: bool = False) -> Authorization:
    """Return the authorization after its challenge was looked at; a `refusal` says why that failed.

    A `patient` authority goes on trying (section 8.2).
    """
    if refusal:
        error = f"unauthorized: {refusal}"
        failed = replace(challenge, status="processing" if patient else "invalid", error=error)
        return replace(authorization, status="pending" if patient else "invalid", challenge=failed, error=error)
    return replace(authorization, status="valid", challenge=replace(challenge, status="valid", error=""), error="")


def settled(order: Order, authorizations: Collection[AuthorizationStatus]) -> Order:
    """Return the order once the authority has done with it what it can."""
    if order.status == "pending" and "invalid" in authorizations:
        return replace(order, status="invalid")
    if order.status == "pending" and set(authorizations) == {"valid"}:
        return replace(order, status="ready")
    if order.status == "processing":
        return replace(order, status="valid", certificate=f"{order.url}/certificate")
    return order


URL = "https://acme.example.net"

EARLIER = timedelta(hours=1)
"""By how much a certificate is valid before it is issued, as Let's Encrypt backdates."""

type Chain = Sequence[x509.Certificate]


class FakeAuthority:
    """Implements ports.Authority.

    `new_orders` and `finalizations` count effects, whether or not the answer was lost. `refusals` are the words with
    which the validation of a name fails. `busy_looks` at an order find the authority still at work, and asking for
    `retry_after`. `arrange` makes what is handed out from the chain, leaf first. `lists_orders` as Pebble does, and
    Let's Encrypt does not. `requests` counts what a client sends to it, but for directory and nonces.

    What other authorities do: `patient` leaves a challenge whose validation failed `processing`, with the error, until
    it is answered again. `leaves_orders_pending` although an authorization is invalid. `stale` is how the order stands
    in the answer to finalize and in as many looks after it as `stale_looks`.
    """

    def __init__(self, dns: FakeDns, clock: Clock) -> None:
        self._dns = dns
        self._clock = clock
        self.root = Signer("Fake root")
        self.intermediate = Signer("Fake intermediate", self.root)
        self.accounts: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.authorized: dict[str, Authorization] = {}
        self.chains: dict[str, Chain] = {}
        self.new_orders = 0
        self.finalizations = 0
        self.refusals: dict[str, str] = {}
        self.busy_looks = 0
        self.retry_after: timedelta | None = None
        self.arrange: Callable[[Chain], Chain] = tuple
        self.lists_orders = True
        self.patient = False
        self.leaves_orders_pending = False
        self.stale: OrderStatus | None = None
        self.stale_looks = 0
        self.requests = Counter[str]()
        self.faults = Faults()

    def drop_accounts(self) -> None:
        """Lose every account, and the orders with them."""
        self.accounts.clear()
        self.drop_orders()

    def drop_orders(self) -> None:
        """Lose every order."""
        self.orders.clear()

    def thumbprint(self, key: AccountKey) -> str:
        public = load_pem_private_key(key.pem, None).public_key()
        return thumbprint(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def new_key(self) -> AccountKey:
        key = ec.generate_private_key(ec.SECP256R1())
        return AccountKey(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def register(self, issuer: AcmeIssuer, key: AccountKey) -> Account:
        with self.faults.around("register"):
            url = f"{URL}/account/{self.thumbprint(key)[:8]}"
            self.accounts[url] = self.thumbprint(key)
            return Account(issuer.directory, key, url)

    def find_order(self, account: Account, names: Sequence[str]) -> Order | None:
        self.requests["find_order"] += 1
        with self.faults.around("find_order"):
            self._enter(account)
            wanted = frozenset(names)
            listed = [order for order in self.orders.values() if order.url.startswith(account.url)]
            fitting = [order for order in listed if order.status in ("pending", "ready") and order.names == wanted]
            return fitting[-1] if fitting and self.lists_orders else None

    def new_order(self, account: Account, names: Sequence[str]) -> Order:
        self.requests["new_order"] += 1
        with self.faults.around("new_order"):
            self._enter(account)
            self.new_orders += 1
            url = f"{account.url}/order/{self.new_orders}"
            authorizations = tuple(f"{url}/authorization/{place}" for place in range(len(names)))
            for authorization, name in zip(authorizations, names, strict=True):
                self.authorized[authorization] = asked(authorization, name)
            self.orders[url] = Order(url, "pending", frozenset(names), authorizations, f"{url}/finalize")
            return self.orders[url]

    def order(self, account: Account, url: str) -> Order:
        self.requests["order"] += 1
        with self.faults.around("order"):
            order = self._order(account, url)
            if self.stale is not None and self.stale_looks and url in self.chains:
                self.stale_looks -= 1
                return replace(order, status=self.stale)
            if self.busy_looks and self._settled(order) != order:
                self.busy_looks -= 1
                return replace(order, retry_after=self.retry_after)
            self.orders[url] = self._settled(order)
            return self.orders[url]

    def authorizations(self, account: Account, order: Order) -> tuple[Authorization, ...]:
        self.requests["authorizations"] += len(order.authorizations)
        with self.faults.around("authorizations"):
            self._order(account, order.url)
            return tuple(self.authorized[url] for url in order.authorizations)

    def answer(self, account: Account, challenge: Challenge) -> None:
        self.requests["answer"] += 1
        with self.faults.around("answer"):
            self._enter(account)
            authorization = self.authorized[challenge.url.removesuffix("/dns-01")]
            if authorization.status == "pending":
                refusal = self._why_refused(authorization, challenge.txt)
                self.authorized[authorization.url] = validated(authorization, challenge, refusal, self.patient)

    def finalize(self, account: Account, order: Order, csr: bytes) -> Order:
        self.requests["finalize"] += 1
        with self.faults.around("finalize"):
            known = self._settled(self._order(account, order.url))
            if known.status != "ready":
                raise OrderNotReady(f"cannot finalize order {order.url}: it is {known.status}")
            self.finalizations += 1
            self.chains[order.url] = self._sign(x509.load_der_x509_csr(csr), known)
            self.orders[order.url] = replace(known, status="processing")
            return replace(known, status=self.stale or "processing")

    def chain(self, account: Account, order: Order) -> bytes:
        self.requests["chain"] += 1
        with self.faults.around("chain"):
            self._order(account, order.url)
            return pem(self.arrange(self.chains[order.url]))

    def _enter(self, account: Account) -> None:
        if self.accounts.get(account.url) != self.thumbprint(account.key):
            raise AccountUnknown(f"account {account.url} is not known")

    def _order(self, account: Account, url: str) -> Order:
        self._enter(account)
        if url not in self.orders:
            raise OrderLost(f"order {url} is not known")
        return self.orders[url]

    def _settled(self, order: Order) -> Order:
        now = settled(order, [self.authorized[url].status for url in order.authorizations])
        return order if self.leaves_orders_pending and now.status == "invalid" else now

    def _why_refused(self, authorization: Authorization, value: str) -> str:
        visible = self._dns.visible(f"_acme-challenge.{authorization.name}", value)
        return self.refusals.get(authorization.name, "" if visible else "no TXT record with the expected value")

    def _sign(self, csr: x509.CertificateSigningRequest, order: Order) -> Chain:
        if dns_names(csr.extensions) != order.names:
            raise PermanentError(f"cannot finalize order {order.url}: its names are not the CSR's")
        key = cast("ec.EllipticCurvePublicKey", csr.public_key())  # any kind will do
        leaf = self.intermediate.issue(key, *sorted(order.names), begins=self._clock.now() - EARLIER)
        return leaf, self.intermediate.certificate
