"""What to do next at a place, decided from what is wanted, what its Secret holds and what its replicas serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import DeliveryProgress, ReplicaFault
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

PlaceReason = SecretReason | ReplicaFault | Literal["ReplicaInconclusive", "UnhealthyBefore"]


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

    reason: ReplicaFault
    message: str


Step = Serving | Write | Wait | Restart | Skip | Stop


def next_step(
    wanted: Thumbprint,
    lacks: SecretDiff | None,
    observation: PlaceObservation,
    progress: DeliveryProgress,
    place: Place,
    secret: str | None,
    now: datetime,
) -> Step:
    """Return the next step. `progress` is this place's for this version; `lacks` says what its `secret` lacks of it."""
    if lacks is not None:
        return Write(lacks.reason, lacks.message)
    if all_serve(wanted, observation):
        return Serving(f"served by {count_serving(wanted, observation)}")
    began = progress.restarted or progress.since
    waiting = f"served by {count_serving(wanted, observation)}"
    if (unready := describe_not_ready(observation)) is not None:
        return wait_for_pods(f"{waiting}; {unready}", observation, began + ROLLOUT, now)
    wrong = describe_wrong_answer(wanted, observation)
    at_once = needs_restart(place, secret, observation)
    if only_inconclusive(wanted, observation) and not (at_once and progress.written and progress.restarted is None):
        until = began + (ROLLOUT if progress.restarted is not None else place.relay.pick_up)
        message = f"{waiting}; {wrong}"
        if now < until:
            return Wait("ReplicaInconclusive", message, until)
        return Skip("ReplicaInconclusive", message)
    reason: ReplicaFault = "ReplicaServesOther" if serves_other(wanted, observation) else "ReplicaDoesNotServe"
    if progress.restarted is not None:
        return wait_or_stop(reason, f"{waiting} after a restart; {wrong}", began + ROLLOUT, now)
    restarts_help = progress.written or serves_other(wanted, observation)
    given_time = place.relay.reload == "auto" and now >= began + place.relay.pick_up
    if restarts_help and (at_once or given_time):
        return Restart(reason, f"{waiting}; {wrong}")
    return wait_or_stop(reason, f"{waiting}; {wrong}", began + place.relay.pick_up, now)


def needs_restart(place: Place, secret: str | None, observation: PlaceObservation) -> bool:
    """Say whether running pods never see the Secret change: the inventory says so, or a `subPath` mounts it."""
    rollout = observation.workload.rollout
    if place.relay.reload == "auto":
        return rollout is not None and secret in rollout.subpath_secrets
    return place.relay.reload == "restart"


def wait_or_stop(reason: ReplicaFault, message: str, until: datetime, now: datetime) -> Step:
    return Wait(reason, message, until) if now < until else Stop(reason, message)


def wait_for_pods(message: str, observation: PlaceObservation, until: datetime, now: datetime) -> Step:
    """Wait until the pods are Ready. After `until`, stop if some pod fails, as the version may be the cause; else skip.

    A pod that has only just begun to run, after its node was drained or its cluster slept, gets START of its own.
    """
    if now < until:
        return Wait("ReplicaNotReady", message, until)
    failing = [pod for pod in observation.workload.pods if pod.failing]
    starting = [pod.since + START for pod in failing if pod.since is not None and now < pod.since + START]
    if len(starting) < len(failing):
        return Stop("ReplicaNotReady", message)
    if starting:
        return Wait("ReplicaNotReady", message, max(starting))
    return Skip("ReplicaNotReady", message)
