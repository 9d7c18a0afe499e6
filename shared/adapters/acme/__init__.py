"""An ACME authority (RFC 8555), by way of `acme` and `josepy` and a transport of our own.

`acme`'s own transport keeps no nonce of a refusal, gives up at the second refused one, reads no Retry-After of an order
and cannot take up an order by its URL.
"""

from collections.abc import Sequence

import requests

from shared.adapters.acme import accounts, authorizations, earlier, keys, orders
from shared.adapters.acme.transport import Transport
from shared.domain.issuing.acme import Account, AccountKey, Authorization, Challenge, Order
from shared.inventory import AcmeIssuer


class AcmeAuthority:
    """ports.Authority: every authority of the inventory, one transport for each directory and key.

    Not for several threads: one for each execution.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()
        self._transports: dict[tuple[str, AccountKey], Transport] = {}

    def thumbprint(self, key: AccountKey) -> str:
        return keys.read_key(key).thumbprint()

    def new_key(self) -> AccountKey:
        return keys.new_key()

    def register(self, issuer: AcmeIssuer, key: AccountKey) -> Account:
        return accounts.register(self._transport(issuer.directory, key), issuer, key)

    def find_order(self, account: Account, names: Sequence[str]) -> Order | None:
        return earlier.find_order(self._of(account), account, names)

    def new_order(self, account: Account, names: Sequence[str]) -> Order:
        return orders.new_order(self._of(account), account, names)

    def order(self, account: Account, url: str) -> Order:
        return orders.read_order(self._of(account), account, url)

    def authorizations(self, account: Account, order: Order) -> tuple[Authorization, ...]:
        transport = self._of(account)
        return tuple(authorizations.read_authorization(transport, account, url) for url in order.authorizations)

    def answer(self, account: Account, challenge: Challenge) -> None:
        authorizations.answer_challenge(self._of(account), account, challenge)

    def finalize(self, account: Account, order: Order, csr: bytes) -> Order:
        return orders.finalize(self._of(account), account, order, csr)

    def chain(self, account: Account, order: Order) -> bytes:
        return orders.read_chain(self._of(account), account, order)

    def _of(self, account: Account) -> Transport:
        return self._transport(account.directory, account.key)

    def _transport(self, directory: str, key: AccountKey) -> Transport:
        known = self._transports.get((directory, key))
        return known or self._transports.setdefault(
            (directory, key), Transport(directory, keys.read_key(key), self._session)
        )
