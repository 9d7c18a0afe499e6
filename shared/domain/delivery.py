"""What to do next at a place, decided from what is wanted, what its Secret holds and what its replicas serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.certificates import Thumbprint
from shared.domain.place_record import Delivery
from shared.domain.places import PlaceSeen
from shared.domain.served import only_inconclusive, serving, settled, shows_another, why_stale, why_unready
from shared.inventory import Place

ROLLOUT = timedelta(minutes=10)
"""How long pods may take to be Ready, before or after a restart: longer than the kubelet's five-minute back-off."""

START = timedelta(minutes=2)
"""How long a container may run before it is Ready."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Every replica serves it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Write:
    """The Secret does not hold it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Nothing to do but look again, at the latest at `until`."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Restart:
    """The pods do not pick it up by themselves."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The place cannot serve it now, for reasons of its own: the line goes on without it, each tick tries again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The replicas were given it and do not serve it: the line stops here."""

    reason: str


Step = Settled | Write | Watch | Restart | Skip | Stop


def next_step(
    wanted: Thumbprint, lacks: str | None, seen: PlaceSeen, delivery: Delivery, place: Place, now: datetime
) -> Step:
    """Decide. `delivery` was begun here for this very version; `lacks` says what the Secret lacks of it."""
    if lacks is not None:
        return Write(lacks)
    if settled(wanted, seen):
        return Settled(f"served by {serving(wanted, seen)}")
    began = delivery.restarted or delivery.since
    waiting = f"served by {serving(wanted, seen)}"
    if (unready := why_unready(seen)) is not None:
        return wait_for_pods(f"{waiting}; {unready}", seen, began + ROLLOUT, now)
    if only_inconclusive(wanted, seen) and not must_restart(place, seen, delivery):
        until = began + (ROLLOUT if delivery.restarted is not None else place.relay.pick_up)
        reason = f"{waiting}; {why_stale(wanted, seen)}"
        return Watch(reason, until) if now < until else Skip(reason)
    if delivery.restarted is not None:
        return watch_or_stop(f"{waiting} after a restart; {why_stale(wanted, seen)}", began + ROLLOUT, now)
    restarts_help = delivery.written or shows_another(wanted, seen)
    if restarts_help and due_for_restart(place, seen, given_time=now >= began + place.relay.pick_up):
        return Restart(f"{waiting}; {why_stale(wanted, seen)}")
    return watch_or_stop(f"{waiting}; {why_stale(wanted, seen)}", began + place.relay.pick_up, now)


def must_restart(place: Place, seen: PlaceSeen, delivery: Delivery) -> bool:
    """Say whether the pods were given something that they see after a restart only, whatever they answer."""
    return delivery.written and delivery.restarted is None and due_for_restart(place, seen, given_time=False)


def due_for_restart(place: Place, seen: PlaceSeen, *, given_time: bool) -> bool:
    """Say whether to roll the pods: `auto` gives them time, unless a `subPath` keeps every change from them."""
    match place.relay.reload:
        case "restart":
            return True
        case "auto":
            return given_time or (seen.rollout is not None and place.serves.secret in seen.rollout.fixed)
        case "none":
            return False


def watch_or_stop(reason: str, until: datetime, now: datetime) -> Step:
    return Watch(reason, until) if now < until else Stop(reason)


def wait_for_pods(reason: str, seen: PlaceSeen, until: datetime, now: datetime) -> Step:
    """Wait until they are Ready; a pod that fails may do so because of what it was given, others do not.

    One that has only just begun to run, after its node was drained or its cluster slept, has time of its own.
    """
    if now < until:
        return Watch(reason, until)
    failing = [pod for pod in seen.pods if pod.failing]
    starting = [pod.since + START for pod in failing if pod.since is not None and now < pod.since + START]
    if len(starting) < len(failing):
        return Stop(reason)
    return Watch(reason, max(starting)) if starting else Skip(reason)
