"""Ask again for what the authority had minutes ago and does not know now, before it counts as lost.

A server of several behind one address may lag behind the one that answered before, and each has its own way to say
"unknown"; what that costs and why five minutes: docs/decisions/13-patience-with-the-authority.md.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from shared.domain.issuing.acme import Account, Order
from shared.domain.issuing.issuance import Missing
from shared.domain.journal import MIN_POLL_DELAY, Journal
from shared.errors import NotYet, OrderLost
from shared.workflows.attempt import poll
from shared.workflows.issuing.issuance import current_issuance, update_order
from shared.workflows.lease import Leased

LOST_AFTER = timedelta(minutes=5)
"""Longer than the servers of an authority lag behind one another."""


def read_order_until(
    done: Callable[[Order], bool],
    account: Account,
    order: Order,
    held: Leased[Journal],
    pause: timedelta = timedelta(0),
) -> Order:
    """Return the order once it is `done`, or as it is after a few seconds; each look comes `pause` after the last."""
    seen, _ = poll(
        look=lambda: read_order(account, order.url, held),
        done=done,
        clock=held.ports.clock,
        asked_for=lambda seen: max(pause, seen.retry_after or timedelta(0)),
    )
    return seen


def read_order(account: Account, url: str, held: Leased[Journal]) -> Order:
    with asked_again("order", held):
        return held.ports.authority.order(account, url)


@contextmanager
def asked_again(what: str, held: Leased[Journal]) -> Iterator[None]:
    """Wrap a request for `what`, a part of our order: for LOST_AFTER raise NotYet in place of OrderLost."""
    missing = current_issuance(held).progress.missing
    since = missing.since if missing is not None and missing.what == what else None
    try:
        yield
    except OrderLost as lost:
        now = held.ports.clock.now()
        if since is None:
            update_order(held, missing=Missing(what, now))
        absent, until = now - (since or now), (since or now) + LOST_AFTER
        if now >= until:
            raise
        message = f"{lost}; it is asked for again until {until:%H:%M:%S} UTC before the order counts as lost"
        raise NotYet(message, min(max(2 * absent, MIN_POLL_DELAY), until - now)) from lost
    if since is not None:
        update_order(held, missing=None)
