"""How urgent a certificate is, from the time between its being due and its end: fractions, whatever its lifetime."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.certificates import Leaf, Thumbprint
from shared.domain.entries import Entry
from shared.domain.renewal import renew_at

Urgency = Literal["warning", "critical", "page"]
"""`page` is critical, and somebody is to be woken."""

RANKS: tuple[Urgency, ...] = ("warning", "critical", "page")
STAGES: tuple[tuple[float, Urgency], ...] = ((0.85, "page"), (0.60, "critical"), (0.25, "warning"))
EXPIRED = 1.0
TOO_LONG = 0.25
"""Of the time between due and expiry: what keeps a version back for longer may make it expire."""


def lateness(leaf: Leaf, now: datetime) -> float:
    """Return which part of the time between due and expiry is over: negative before it is due, 1 where it expires."""
    return lateness_of(renew_at(leaf, None), leaf.not_after, now)


def lateness_of(due: datetime, expires: datetime, now: datetime) -> float:
    if now >= expires or due >= expires:
        return EXPIRED if now >= expires else 0.0
    return (now - due) / (expires - due)


def stage(late: float) -> Urgency | None:
    """Return how urgent it is; None while a renewal may still be in good order."""
    return next((urgency for begins, urgency in STAGES if late >= begins), None)


def urgency(leaves: Iterable[Leaf], now: datetime) -> Urgency:
    """Return how urgent it is to mend whatever is wrong with these: as the one with the least life left demands."""
    return stage(max((lateness(leaf, now) for leaf in leaves), default=0.0)) or "warning"


def long_time(leaf: Leaf) -> timedelta:
    """Return for how long a new version may be kept from where `leaf` is served before somebody should know."""
    return (leaf.not_after - renew_at(leaf, None)) * TOO_LONG


def as_leaf(entry: Entry, expires: datetime) -> Leaf:
    """Return a vault's entry as if it were served: a secret is due by the same fractions."""
    return Leaf(Thumbprint(""), frozenset(), "", entry.begins, expires)
