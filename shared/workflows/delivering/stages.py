"""The stages of a delivery: each relay in a line of its own, and in it one cluster after the other."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby

from shared.domain.holds import Hold
from shared.errors import NotYet
from shared.inventory import Place
from shared.workflows.attempt import combine_waits

MAX_SETTLE_WAIT = timedelta(minutes=10)
"""The longest wait between two attempts while a cluster settles."""

type TakeTurn = Callable[[Place, bool], bool | NotYet]
"""Deliver to a place, and say whether its line may go on; NotYet where the place must wait for its turn.

The second argument says that the line was stopped at an earlier place: nothing new may be given to a later one, which
may still be repaired.
"""


def deliver_in_stages(places: Iterable[Place], take_turn: TakeTurn) -> None:
    """Let each place take its turn, in this order. Raises NotYet, once every relay was tried, if one needs more time.

    A NotYet that `take_turn` raises ends its relay's line for now; one that it returns lets the next place take its
    turn.
    """
    waits = []
    for _, line in groupby(places, key=lambda place: place.relay.name):
        try:
            deliver_to_line(line, take_turn)
        except NotYet as wait:
            waits.append(wait)
    if waits:
        raise combine_waits(waits)


def deliver_to_line(line: Iterable[Place], take_turn: TakeTurn) -> None:
    stopped, waits = False, []
    for place in line:
        outcome = take_turn(place, stopped)
        if not isinstance(outcome, NotYet):
            stopped = stopped or not outcome
        elif not stopped:
            waits.append(outcome)
    if waits:
        raise waits[0]


def wait_to_settle(place: Place, hold: Hold, now: datetime) -> NotYet:
    """Return the wait of a place until another cluster of its relay has settled, as `hold` says."""
    return NotYet(f"{place}: {hold.message}", min(hold.until - now, MAX_SETTLE_WAIT))
