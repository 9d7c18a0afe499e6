"""What to do next at a place, decided from what is wanted, what its Secret holds and what its replicas serve."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.certificates import Thumbprint
from shared.domain.inventory import Place
from shared.domain.journal import Delivery
from shared.domain.places import Answer, PlaceSeen, Pod

PROJECTION = timedelta(minutes=2)
"""How long a kubelet may take to project a changed Secret: its sync period and cache, 60 to 90 s, and some."""

ROLLOUT = timedelta(minutes=10)
"""How long pods may take to be Ready, before or after a restart: longer than the kubelet's five-minute back-off."""


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
class Stop:
    """The replicas were given it and do not serve it: the line stops here."""

    reason: str


Step = Settled | Write | Watch | Restart | Stop


def next_step(
    wanted: Thumbprint,
    secret_difference: str | None,
    seen: PlaceSeen,
    delivery: Delivery,
    reload: Literal["auto", "restart", "none"],
    now: datetime,
) -> Step:
    """Decide. `delivery` was begun here for this very version; `secret_difference` says what the Secret lacks."""
    if secret_difference is not None:
        return Write(secret_difference)
    if settled(wanted, seen):
        return Settled(f"served by {serving(wanted, seen)}")
    began = delivery.restarted or delivery.since
    waiting = f"served by {serving(wanted, seen)}"
    if (unready := why_unready(seen)) is not None:
        return watch_or_stop(f"{waiting}; {unready}", began + ROLLOUT, now)
    if delivery.restarted is not None:
        return watch_or_stop(f"{waiting} after a restart; {why_stale(wanted, seen)}", began + ROLLOUT, now)
    restarts_help = delivery.written or shows_another(wanted, seen)
    if restarts_help and (reload == "restart" or (reload == "auto" and now >= began + PROJECTION)):
        return Restart(f"{waiting}; {why_stale(wanted, seen)}")
    return watch_or_stop(f"{waiting}; {why_stale(wanted, seen)}", began + PROJECTION, now)


def watch_or_stop(reason: str, until: datetime, now: datetime) -> Step:
    return Watch(reason, until) if now < until else Stop(reason)


def settled(wanted: Thumbprint, seen: PlaceSeen) -> bool:
    """Say whether every replica that there should be is Ready and answered every question with `wanted`."""
    complete = seen.rollout is None or (seen.rollout.done and len(seen.pods) == seen.rollout.replicas)
    return complete and all(pod.ready for pod in seen.pods) and all(a.thumbprint == wanted for a in seen.answers)


def serving(wanted: Thumbprint, seen: PlaceSeen) -> str:
    """Return how many replicas serve `wanted`, as `1/2`."""
    count = sum(serves(pod, wanted, seen.answers) for pod in seen.pods)
    return f"{count}/{seen.rollout.replicas if seen.rollout else len(seen.pods)}"


def serves(pod: Pod, wanted: Thumbprint, answers: Iterable[Answer]) -> bool:
    """Say whether the pod answered each question put to it, and each with `wanted`."""
    own = [answer for answer in answers if answer.question.pod == pod.name]
    return bool(own) and all(answer.thumbprint == wanted for answer in own)


def shows_another(wanted: Thumbprint, seen: PlaceSeen) -> bool:
    """Say whether some replica presents another certificate; a failed handshake alone shows nothing."""
    return any(answer.thumbprint not in (None, wanted) for answer in seen.answers)


def way_out(wanted: Thumbprint, place: Place, seen: PlaceSeen) -> str:
    """Say what a person can do about the first pod that is not Ready or does not serve `wanted`."""
    workload = place.relay.workload
    kubectl = f"kubectl --context {place.cluster} -n {workload.namespace}"
    broken = next((pod for pod in seen.pods if not serves(pod, wanted, seen.answers)), None)
    if broken is None:
        return f"See {kubectl} describe {workload.kind} {workload.name}"
    if not broken.ready:
        return f"See {kubectl} describe pod {broken.name}; once the cause is gone: {kubectl} delete pod {broken.name}"
    if shows_another(wanted, seen):
        return f"Roll the pods: {kubectl} rollout restart {workload.kind} {workload.name}"
    return f"Check that {broken.address} can be reached from here, and its log: {kubectl} logs {broken.name}"


def why_unready(seen: PlaceSeen) -> str | None:
    """Name what keeps the replicas from being complete and Ready; None where nothing does."""
    for pod in seen.pods:
        if not pod.ready:
            return f"pod {pod.name} is not Ready{f' ({pod.reason})' if pod.reason else ''}"
    if seen.rollout is not None and not seen.rollout.done:
        return seen.rollout.message
    if seen.rollout is not None and len(seen.pods) != seen.rollout.replicas:
        return f"{len(seen.pods)} pods of {seen.rollout.replicas}"
    return None


def why_stale(wanted: Thumbprint, seen: PlaceSeen) -> str:
    """Describe the first answer that is not `wanted`."""
    for answer in seen.answers:
        if answer.thumbprint != wanted:
            asked = answer.question
            served = f"serves {answer.thumbprint[:12]}" if answer.thumbprint else answer.failure
            return f"pod {asked.pod} {served} on port {asked.port} for {asked.sni or 'no SNI'}"
    return "nothing else is wrong"
