"""One relay in one cluster, as a person reads it: what it is to serve, what each replica serves, what is held."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from pydantic import BaseModel

from shared.api.people import DOCUMENT
from shared.domain.assessment import assess_place
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.holds import Hold
from shared.domain.report import CertificateReport, presented
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Pod, Unreachable
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.served import answers_with, askable, describe_answer, probe_target
from shared.inventory import Place


class ReplicaView(BaseModel):
    """What a replica serves: its worst answer, over all names and ports."""

    model_config = DOCUMENT
    replica: str
    """The pod's name, or behind a Service which of its replicas was met."""
    ready: bool | None
    """Whether the cluster calls the pod Ready; null where a Service hides which pod answered."""
    in_order: bool
    """It answered every question, each with what the place is to serve."""
    thumbprint: str | None
    """SHA-256 of the leaf, lower-case hex; null where none was presented."""
    expires: datetime | None
    """When that leaf expires; null where none was presented, or it cannot be read."""
    words: str
    """What is wrong with that answer; empty where nothing is."""


class RolloutView(BaseModel):
    """How far the workload has come with its newest template."""

    model_config = DOCUMENT
    replicas: int
    """How many it should have."""
    done: bool
    """All of them run the newest template and are Ready."""
    words: str
    """As `kubectl rollout status` puts it."""


class HeldView(BaseModel):
    """What is held back, by what (a pause, a freeze, a window), and until when."""

    model_config = DOCUMENT
    reason: str
    until: datetime


class PlaceView(BaseModel):
    """A relay in a cluster, for one certificate."""

    model_config = DOCUMENT
    place: str
    """`relay@cluster`."""
    state: Literal["seen", "resting", "unreachable"]
    """`seen`: its cluster answered. `resting`: out of reach as it should be: asleep, suspended or paused.
    `unreachable`: out of reach, which is an alert."""
    words: str
    """Why it was not seen, or what is to be done there; empty where all is as it should be."""
    wanted: str | None
    """The version that it is to serve, an earlier one while the newest is in quarantine there; null where nobody knows,
    or none is left."""
    held: HeldView | None
    """Null where nothing is held back."""
    proven: str | None
    """The version that every replica was last proven to serve; null where none ever was."""
    last_error: str | None
    """Why the last delivery there failed; null where it did not."""
    rollout: RolloutView | None
    """Null where the pods alone said enough, or the place was not seen."""
    replicas: tuple[ReplicaView, ...]
    """Empty where the place was not seen, or has no pods."""


def place_view(place: Place, watched: CertificateReport, now: datetime) -> PlaceView:
    there, record = watched.observation.places[place], watched.observation.journal.at(str(place))
    stored = watched.observation.wanted(place)
    kept = assess_place(watched.certificate, place, watched.observation, now)
    held = HeldView(reason=kept.reason, until=kept.until) if isinstance(kept, Hold) else None
    return PlaceView(
        place=str(place),
        state=state_of(there),
        words=there.reason if not isinstance(there, PlaceObservation) else kept if isinstance(kept, str) else "",
        wanted=stored.version if stored is not None else None,
        held=held,
        proven=record.proof.version if record.proof is not None else None,
        last_error=record.error,
        rollout=rollout_view(there),
        replicas=replicas_of(there, stored.leaf.thumbprint if stored is not None else None),
    )


def state_of(there: PlaceObservation | ExpectedOffline | Unreachable) -> Literal["seen", "resting", "unreachable"]:
    match there:
        case PlaceObservation():
            return "seen"
        case ExpectedOffline():
            return "resting"
        case Unreachable():
            return "unreachable"


def rollout_view(there: PlaceObservation | ExpectedOffline | Unreachable) -> RolloutView | None:
    if not isinstance(there, PlaceObservation) or there.rollout is None:
        return None
    return RolloutView(replicas=there.rollout.replicas, done=there.rollout.done, words=there.rollout.message)


def replicas_of(
    there: PlaceObservation | ExpectedOffline | Unreachable, wanted: Thumbprint | None
) -> tuple[ReplicaView, ...]:
    """Return each pod, and behind a Service each meeting with one of its replicas."""
    if not isinstance(there, PlaceObservation):
        return ()
    pods = {pod.name: pod for pod in there.pods}
    by_replica = sorted(there.answers, key=lambda answer: answer.question.pod)
    asked = {name: list(answers) for name, answers in groupby(by_replica, lambda answer: answer.question.pod)}
    silent = [silent_replica(pod) for name, pod in pods.items() if name not in asked]
    return (*(replica_view(name, pods.get(name), answers, wanted) for name, answers in asked.items()), *silent)


def replica_view(name: str, pod: Pod | None, answers: list[ProbeResult], wanted: Thumbprint | None) -> ReplicaView:
    ends = {answer: leaf.not_after for answer, leaf in presented(answers)}
    worst = min(askable(answers) or answers, key=lambda answer: rank(answer, wanted, ends.get(answer)))
    return ReplicaView(
        replica=name,
        ready=pod.ready if pod is not None else None,
        in_order=not wrong(worst, wanted),
        thumbprint=worst.thumbprint,
        expires=ends.get(worst),
        words=wrong(worst, wanted),
    )


def rank(answer: ProbeResult, wanted: Thumbprint | None, ends: datetime | None) -> tuple[bool, bool, datetime]:
    """Sort what presents nothing first, then what is wrong, then what expires first."""
    return answer.thumbprint is not None, not wrong(answer, wanted), ends or datetime.max.replace(tzinfo=UTC)


def wrong(answer: ProbeResult, wanted: Thumbprint | None) -> str:
    """Say what is wrong with an answer; where nobody knows what is wanted, only whether it is one."""
    if wanted is None:
        return answer.failure or answer.fault
    if answers_with(wanted, answer):
        return ""
    return f"{describe_answer(wanted, answer)} on {probe_target(answer.question)}"


def silent_replica(pod: Pod) -> ReplicaView:
    """Return a pod that was not asked, because it has no address yet."""
    words = pod.reason or "it was not asked"
    return ReplicaView(replica=pod.name, ready=pod.ready, in_order=False, thumbprint=None, expires=None, words=words)
