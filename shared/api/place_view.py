"""One relay in one cluster: what it should serve, what each replica serves, what holds a change back."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from shared.api.views import View
from shared.domain.assessment import Assessment
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.holds import HoldReason
from shared.domain.place_assessment import PlaceActionReason
from shared.domain.report import presented
from shared.domain.serving.place_observation import (
    AnyPlaceObservation,
    ExpectedOffline,
    OfflineReason,
    PlaceObservation,
    Pod,
    Unreachable,
)
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.served import answers_with, askable, describe_answer, probe_target
from shared.inventory import Place


class ReplicaView(View):
    """What a replica serves: its worst response over all names and ports."""

    replica: str
    """The pod's name; behind a Service, which of its replicas responded."""
    ready: bool | None
    """Whether the cluster calls the pod Ready; null if a Service hides which pod responded."""
    ok: bool
    """It responded to every probe, each time with what the place should serve."""
    thumbprint: str | None
    """SHA-256 of the leaf, lower-case hex; null if none was presented."""
    expires: datetime | None
    """When that leaf expires; null if none was presented, or it cannot be read."""
    message: str
    """What is wrong with that response; empty if nothing is."""


class RolloutView(View):
    """The progress of the workload with its newest template."""

    replicas: int
    """How many it should have."""
    done: bool
    """All of them run the newest template and are Ready."""
    message: str
    """As `kubectl rollout status` says it."""


class HeldView(View):
    """What holds a change back (a pause, a freeze, a window), and until when."""

    reason: HoldReason
    """`HeldByPause`: a person paused it. `HeldByFreeze`: a freeze in the inventory. `HeldByWindow`: outside the relay's
    window, and not urgent. `HeldBySettle`: another cluster of the relay got the version a moment ago."""
    message: str
    until: datetime


class PlaceView(View):
    """A relay in a cluster, for one certificate."""

    place: str
    """`relay@cluster`."""
    state: Literal["observed", "offline_expected", "unreachable"]
    """`observed`: its cluster responded. `offline_expected`: asleep, suspended or paused. `unreachable`: offline
    unexpectedly, which raises an alert."""
    reason: OfflineReason | PlaceActionReason | None
    """Why it was not observed, or why something is to be done there, as in docs/reasons.md; null if all is as it should
    be."""
    message: str
    """The same as a sentence: why it was not observed, or what is to be done there; empty if all is as it should be."""
    wanted: str | None
    """The version that it should serve, an earlier one while the newest is in quarantine there; null if that is not
    known, or none is left."""
    held: HeldView | None
    """Null if nothing is held back."""
    verified_version: str | None
    """The version that every replica was last seen to serve; null if none ever was."""
    last_error: str | None
    """Why the last delivery there failed; null if it did not."""
    rollout: RolloutView | None
    """Null if the state of the pods is enough, or the place was not observed."""
    replicas: tuple[ReplicaView, ...]
    """Empty if the place was not observed, or has no pods."""


def place_view(place: Place, assessment: Assessment) -> PlaceView:
    assessed, record = assessment.places[place], assessment.observation.journal.at(str(place))
    there, desired = assessed.there, assessed.desired
    about = assessed.action if isinstance(there, PlaceObservation) else there
    return PlaceView(
        place=str(place),
        state=place_state(there),
        reason=about.reason if about is not None else None,
        message=about.message if about is not None else "",
        wanted=desired.version if desired is not None else None,
        held=HeldView.model_validate(assessed.hold) if assessed.hold is not None else None,
        verified_version=record.verified.version if record.verified is not None else None,
        last_error=record.error,
        rollout=rollout_view(there),
        replicas=replica_views(there, desired.leaf.thumbprint if desired is not None else None),
    )


def place_state(
    there: AnyPlaceObservation,
) -> Literal["observed", "offline_expected", "unreachable"]:
    match there:
        case PlaceObservation():
            return "observed"
        case ExpectedOffline():
            return "offline_expected"
        case Unreachable():
            return "unreachable"


def rollout_view(there: AnyPlaceObservation) -> RolloutView | None:
    if not isinstance(there, PlaceObservation) or there.workload.rollout is None:
        return None
    return RolloutView.model_validate(there.workload.rollout)


def replica_views(there: AnyPlaceObservation, wanted: Thumbprint | None) -> tuple[ReplicaView, ...]:
    """Return each pod; behind a Service, each replica that responded."""
    if not isinstance(there, PlaceObservation):
        return ()
    pods = {pod.name: pod for pod in there.workload.pods}
    by_replica = sorted(there.probe_results, key=lambda answer: answer.probe.pod)
    probed = {name: list(answers) for name, answers in groupby(by_replica, lambda answer: answer.probe.pod)}
    not_probed = [not_probed_view(pod) for name, pod in pods.items() if name not in probed]
    return (*(replica_view(name, pods.get(name), answers, wanted) for name, answers in probed.items()), *not_probed)


def replica_view(name: str, pod: Pod | None, answers: list[ProbeResult], wanted: Thumbprint | None) -> ReplicaView:
    ends = {answer: leaf.not_after for answer, leaf in presented(answers)}
    worst = min(askable(answers) or answers, key=lambda answer: rank(answer, wanted, ends.get(answer)))
    fault = what_is_wrong(worst, wanted)
    return ReplicaView(
        replica=name,
        ready=pod.ready if pod is not None else None,
        ok=not fault,
        thumbprint=worst.thumbprint,
        expires=ends.get(worst),
        message=fault,
    )


def rank(answer: ProbeResult, wanted: Thumbprint | None, ends: datetime | None) -> tuple[bool, bool, datetime]:
    """Sort the responses without a certificate first, then the wrong ones, then by expiry."""
    return answer.thumbprint is not None, not what_is_wrong(answer, wanted), ends or datetime.max.replace(tzinfo=UTC)


def what_is_wrong(answer: ProbeResult, wanted: Thumbprint | None) -> str:
    """Describe what is wrong with a response. If `wanted` is not known, any valid certificate is right."""
    if wanted is None:
        return answer.failure or answer.chain_fault
    if answers_with(wanted, answer):
        return ""
    return f"{describe_answer(wanted, answer)} on {probe_target(answer.probe)}"


def not_probed_view(pod: Pod) -> ReplicaView:
    """Return a pod that was not probed, because it has no address yet."""
    message = pod.reason or "it was not asked"
    return ReplicaView(replica=pod.name, ready=pod.ready, ok=False, thumbprint=None, expires=None, message=message)
