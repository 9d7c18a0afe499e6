"""Write down that a tick began, and read when the timers ran last."""

import logging
from datetime import datetime

from shared.domain.alerting.notification import WatchJournal
from shared.domain.audit import Actor
from shared.domain.timers import APART, TickJournal, TimerState
from shared.errors import LeaseLost, LeaseTaken, PermanentError, TooManyRequests, TransientError
from shared.ports import Ports

log = logging.getLogger("relaykeeper.tick")

TICKS = "all"
"""The name of the one journal."""


def record_timer(ports: Ports) -> None:
    """Write down that the timer ticks. If that fails the tick goes on: only the next one missed is noticed earlier."""
    try:
        with ports.state.ticks.lease(TICKS) as lease:
            lease.write(lease.journal.by_timer(ports.clock.now()))
    except (TransientError, PermanentError, LeaseTaken, LeaseLost) as failure:
        log.error("the tick goes on, but is not written down: %s", failure)


def record_caller(actor: Actor, ports: Ports) -> tuple[TickJournal, datetime]:
    """Write down that somebody asks for a tick; return the journal, and the moment in it.

    Raises TooManyRequests where the last tick is less than a minute ago, or another begins at this moment.
    """
    try:
        with ports.state.ticks.lease(TICKS) as lease:
            now = ports.clock.now()
            if wait := lease.journal.wait(now):
                raise TooManyRequests(
                    f"the last tick was at {lease.journal.last:%H:%M:%S} UTC, less than a minute ago", wait
                )
            after = lease.journal.by_caller(actor, now)
            lease.write(after)
            return after, now
    except (LeaseTaken, LeaseLost):
        raise TooManyRequests("another tick begins at this moment", APART) from None


def tick_state(journal: TickJournal, ports: Ports) -> TimerState:
    return TimerState("tick", ports.schedules.tick, journal.last, journal.timer)


def watch_state(journal: WatchJournal, ports: Ports) -> TimerState:
    """Return the state of the watch's timer. A release before this one did not write down who ran the watch."""
    return TimerState("watch", ports.schedules.watch, journal.at, journal.timer or journal.at)
