"""What to do next at a place, decided from what is wanted, what its Secret holds and what its replicas serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import DeliveryProgress
from shared.domain.serving.served import (
    all_serve,
    count_serving,
    describe_not_ready,
    describe_wrong_answer,
    only_inconclusive,
    serves_other,
)
from shared.domain.serving.tls_secret import SecretDiff, SecretReason
from shared.inventory import Place

ROLLOUT = timedelta(minutes=10)
"""How long pods may take to be Ready, before or after a restart: longer than the kubelet's five-minute back-off."""

START = timedelta(minutes=2)
"""How long a container may run before it is Ready."""

PlaceReason = (
    SecretReason
    | Literal["ReplicaNotReady", "ReplicaInconclusive", "ReplicaServesOther", "ReplicaDoesNotServe", "UnhealthyBefore"]
)


@dataclass(frozen=True, slots=True)
class Serving:
    """Every replica serves it."""

    message: str
    reason: Literal["AllReplicasServe"] = "AllReplicasServe"


@dataclass(frozen=True, slots=True)
class Write:
    """The Secret does not hold it."""

    reason: PlaceReason
    message: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do but look again, at the latest at `until`."""

    reason: PlaceReason
    message: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Restart:
    """The pods do not pick it up by themselves."""

    reason: PlaceReason
    message: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The place cannot serve it now, for reasons of its own: the line goes on without it, each tick tries again."""

    reason: PlaceReason
    message: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The replicas were given it and do not serve it: the line stops here."""

    reason: PlaceReason
    message: str


Step = Serving | Write | Wait | Restart | Skip | Stop


def next_step(
    wanted: Thumbprint,
    lacks: SecretDiff | None,
    observation: PlaceObservation,
    progress: DeliveryProgress,
    place: Place,
    now: datetime,
) -> Step:
    """Return the next step. `progress` is this place's for this version; `lacks` says what its Secret lacks of it."""
    if lacks is not None:
        return Write(lacks.reason, lacks.message)
    if all_serve(wanted, observation):
        return Serving(f"served by {count_serving(wanted, observation)}")
    began = progress.restarted or progress.since
    waiting = f"served by {count_serving(wanted, observation)}"
    if (unready := describe_not_ready(observation)) is not None:
        return wait_for_pods(f"{waiting}; {unready}", observation, began + ROLLOUT, now)
    wrong = describe_wrong_answer(wanted, observation)
    if only_inconclusive(wanted, observation) and not must_restart(place, observation, progress):
        until = began + (ROLLOUT if progress.restarted is not None else place.relay.pick_up)
        message = f"{waiting}; {wrong}"
        if now < until:
            return Wait("ReplicaInconclusive", message, until)
        return Skip("ReplicaInconclusive", message)
    reason: PlaceReason = "ReplicaServesOther" if serves_other(wanted, observation) else "ReplicaDoesNotServe"
    if progress.restarted is not None:
        return wait_or_stop(reason, f"{waiting} after a restart; {wrong}", began + ROLLOUT, now)
    restarts_help = progress.written or serves_other(wanted, observation)
    if restarts_help and due_for_restart(place, observation, given_time=now >= began + place.relay.pick_up):
        return Restart(reason, f"{waiting}; {wrong}")
    return wait_or_stop(reason, f"{waiting}; {wrong}", began + place.relay.pick_up, now)


def must_restart(place: Place, observation: PlaceObservation, progress: DeliveryProgress) -> bool:
    """Say whether the Secret was written and the pods see that only after a restart, whatever they answer."""
    return progress.written and progress.restarted is None and due_for_restart(place, observation, given_time=False)


def due_for_restart(place: Place, observation: PlaceObservation, *, given_time: bool) -> bool:
    """Say whether to roll the pods: `auto` gives them time, unless a `subPath` keeps every change from them."""
    match place.relay.reload:
        case "restart":
            return True
        case "auto":
            return given_time or (
                observation.rollout is not None and place.serves.secret in observation.rollout.subpath_secrets
            )
        case "none":
            return False


def wait_or_stop(reason: PlaceReason, message: str, until: datetime, now: datetime) -> Step:
    return Wait(reason, message, until) if now < until else Stop(reason, message)


def wait_for_pods(message: str, observation: PlaceObservation, until: datetime, now: datetime) -> Step:
    """Wait until the pods are Ready. After `until`, stop if some pod fails, as the version may be the cause; else skip.

    A pod that has only just begun to run, after its node was drained or its cluster slept, gets START of its own.
    """
    if now < until:
        return Wait("ReplicaNotReady", message, until)
    failing = [pod for pod in observation.pods if pod.failing]
    starting = [pod.since + START for pod in failing if pod.since is not None and now < pod.since + START]
    if len(starting) < len(failing):
        return Stop("ReplicaNotReady", message)
    if starting:
        return Wait("ReplicaNotReady", message, max(starting))
    return Skip("ReplicaNotReady", message)
