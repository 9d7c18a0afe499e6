"""For how long something may be seen before it is wrong: a renewal in good order looks like it for a while."""

from collections.abc import Sequence
from datetime import timedelta

from shared.domain.delivery import ROLLOUT
from shared.inventory import Place

TICK = timedelta(hours=2)
"""How long it may take until a tick looks at a certificate: twice the hour between two of them."""

A_BLINK = timedelta(minutes=5)
"""What is seen by one look and not by the next is not worth a message: less than the ten minutes between two of them,
which clocks do not keep to the second."""

A_NODE_UPGRADE = timedelta(minutes=30)
"""How long a replica may be missing while its node is drained, and a failure may last that a second attempt mends."""


A_LONG_WAIT = timedelta(minutes=30)
"""How long an issuance or a delivery may wait: one in good order takes minutes, so this one hangs on something."""

A_PERSONS_WAIT = timedelta(minutes=10)
"""The same where a person asked: one interval between watches. DNS, an authority and a vault that are well take less
together, so who still waits a watch later is told why."""


def longest_wait(place: Place | None, *, asked_for: bool) -> timedelta:
    """Return how long an issuance may wait, or a delivery to `place`: that long at least as its pods may take."""
    patience = A_PERSONS_WAIT if asked_for else A_LONG_WAIT
    return patience if place is None else max(patience, place.relay.pick_up + ROLLOUT)


def in_line(place: Place, places: Sequence[Place]) -> timedelta:
    """Return how long a new version may take to arrive at a place, which waits for those before it in its line."""
    before = [other for other in places[: places.index(place)] if other.relay.name == place.relay.name]
    steps = sum((each.relay.pick_up + 2 * ROLLOUT for each in (*before, place)), timedelta(0))
    return TICK + steps + sum((each.relay.settle for each in before), timedelta(0))
