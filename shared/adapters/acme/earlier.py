"""Orders that an account made earlier (RFC 8555, section 7.1.2.1)."""

import logging
from collections.abc import Iterator, Sequence

from shared.adapters.acme.accounts import order_list
from shared.adapters.acme.orders import read_order
from shared.adapters.acme.shapes import OrderList, https, read
from shared.adapters.acme.transport import AS_GET, Transport
from shared.domain.issuing.acme import Account, Order
from shared.errors import AccountUnknown, OrderLost, PermanentError, TransientError

log = logging.getLogger("relaykeeper.progress")

MOST_PAGES = 10
MOST_READS = 20
"""An account that has more orders than this leaves the rest unseen: then a second order is made, which is harmless."""


def find_order(transport: Transport, account: Account, names: Sequence[str]) -> Order | None:
    """Return the newest open order for exactly these names; None if there is none, or no list that can be read.

    The list is an optimisation: without it a lost answer to newOrder costs a second order, which expires unused.
    It has no prescribed sequence; Pebble, which has one, appends the newest. Raises AccountUnknown.
    """
    try:
        first = order_list(transport, account)
        listed = [] if first is None else [url for page in pages(transport, account, first) for url in page]
        for order in orders(transport, account, listed[: -MOST_READS - 1 : -1]):
            if order.status in ("pending", "ready") and order.names == frozenset(names):
                return order
    except AccountUnknown:
        raise
    except (TransientError, PermanentError) as error:
        log.info("no list of earlier orders: %s", error)
    return None


def pages(transport: Transport, account: Account, first: str) -> Iterator[tuple[str, ...]]:
    """Read the list page by page, each naming the next in a Link header (RFC 8288)."""
    url: str | None = first
    for _ in range(MOST_PAGES):
        if url is None:
            return
        tried = f"cannot read the orders of account {account.url} at {url}"
        answer = transport.post(url, AS_GET, tried, account.url)
        yield tuple(order for order in read(answer.body, OrderList, tried).orders if order.startswith("https://"))
        url = None if answer.next_page is None else https(answer.next_page, tried)


def orders(transport: Transport, account: Account, urls: Sequence[str]) -> Iterator[Order]:
    """Read orders, one request each, leaving out those that cannot be read or that the authority has forgotten."""
    for url in urls:
        try:
            yield read_order(transport, account, url)
        except (OrderLost, PermanentError):
            continue
