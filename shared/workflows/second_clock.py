"""Tick when somebody asks for it over HTTP, and do the watch's work too where its timer does not fire any more.

A Function App's timers can die while its HTTP functions work, so a clock outside of it can stand in for them.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.audit import Trigger
from shared.domain.timers import TickJournal, Timer, TimerState, belongs_in_history
from shared.ports import Ports
from shared.workflows.audit import append_audit, audit_record
from shared.workflows.tick import enqueue_all
from shared.workflows.timers import record_caller, tick_state, watch_state
from shared.workflows.watch import ALERTS, watch

log = logging.getLogger("relaykeeper.tick")

WatchDone = Literal["not needed", "done", "under way"]


@dataclass(frozen=True, slots=True)
class CalledTick:
    """A tick that was asked for. `silent`: the timers that do not fire any more; `watch`: whether the watch was made
    with it, because nothing else did."""

    at: datetime
    messages: int
    silent: tuple[Timer, ...]
    watch: WatchDone


def tick_by_call(trigger: Trigger, ports: Ports) -> CalledTick:
    """Tick, and watch where that is needed: the alert about a silent timer begins there.

    Raises TooManyRequests less than a minute after the last tick. A failure to ask for a look at some object is raised
    after the watch.
    """
    journal, now = record_caller(trigger.actor, ports)
    log.info("%s asks for a tick: %s", trigger.actor, trigger.reason)
    if belongs_in_history(trigger.actor, journal, now):
        append_audit(audit_record("request", "tick asked for over HTTP", trigger, ports), ports)
    try:
        messages = enqueue_all(trigger.correlation, ports)
    finally:  # the watch depends on no queue
        states, done = watch_if_needed(journal, now, trigger.correlation, ports)
    silent = tuple(each.timer for each in states if each.is_silent(now))
    return CalledTick(now, messages, silent, done)


def watch_if_needed(
    journal: TickJournal, now: datetime, correlation: str, ports: Ports
) -> tuple[tuple[TimerState, TimerState], WatchDone]:
    """Return the state of both timers, and whether the watch was made because its own does not fire."""
    state = watch_state(ports.state.watch.read(ALERTS), ports)
    done: WatchDone = "not needed"
    if state.needs_second_clock(now):
        done = "done" if watch(ports, correlation, by_timer=False) else "under way"
    return (tick_state(journal, ports), state), done
