"""Bring one place to serve a version, and prove it."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.assessment import missing_from_secret, next_action
from shared.domain.holds import Hold, was_unhealthy_before
from shared.domain.journal import poll_delay
from shared.domain.serving.delivery import Restart, Serving, Skip, Step, Stop, Wait, Write
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import DeliveryProgress
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.served import describe_no_answer, describe_not_ready, is_healthy, remedy_for
from shared.errors import Conflict, NotYet, TransientError
from shared.workflows.attempt import MAX_WAIT, ProgressLog
from shared.workflows.delivering.place_delivery import (
    PlaceDelivery,
    RolloutStopped,
    clear_error,
    mark_verified,
    recover_previous_version,
)
from shared.workflows.delivering.write_secret import write_secret
from shared.workflows.observe import observe_full, observe_sample

LOOK_AGAIN = 0.25
"""Seconds between two looks, doubled with each: a look is a session with each replica."""


def deliver(errand: PlaceDelivery) -> None:
    """Go from step to step until every replica serves the version, or until something holds the place back.

    Raises LineStopped if the replicas do not serve it, TransientError if the place has troubles of its own, NotYet if
    it needs more time, PermanentError if the Secret is somebody else's.

    While it waits it asks a sample, and everything once the sample is served. It waits here for what it changed itself;
    for what an earlier attempt did it comes back.
    """
    place, ports = errand.place, errand.ports
    impatient, pause = ports.clock.now(), LOOK_AGAIN
    answers: tuple[ProbeResult, ...] = ()
    progress = ProgressLog(f"{errand.certificate.name} at {place}")
    while True:
        seen = observe_sample(errand.certificate, errand.wanted, place, answers, ports)
        delivery = start_or_resume(errand, seen)
        step = decide_step(errand, seen, delivery)
        if isinstance(step, Serving):
            seen = observe_full(errand.certificate, errand.wanted, place, ports)
            answers = seen.answers
            step = decide_step(errand, seen, delivery)
        progress.tell(step.reason)
        match step:
            case Serving():
                progress.tell("proven, by restart" if delivery.restarted else "proven, by pick-up")
                return mark_verified(errand, len(seen.pods))
            case Hold():
                return clear_error(errand)
            case Wait() if ports.clock.now() + timedelta(seconds=pause) > impatient:
                raise NotYet(f"{place}: {step.reason}", poll_delay(delivery.since, ports.clock.now()), str(place))
            case Skip() | Stop():
                raise failure_of(errand, step, seen)
            case Write() | Restart():
                execute(step, errand, seen, delivery, progress)
                impatient, pause = ports.clock.now() + MAX_WAIT, LOOK_AGAIN
        ports.clock.pause(pause)
        pause *= 2


def start_or_resume(errand: PlaceDelivery, seen: PlaceObservation) -> DeliveryProgress:
    """Return the delivery of this version to the place, writing down that it begins if it does.

    How sound the place is counts as it is when the version is given to it, not when that was first wanted.
    """
    recover_previous_version(errand, seen)
    version, delivery = errand.wanted.version, errand.record.delivery
    if delivery is None or delivery.version != version:
        return save_progress(errand, DeliveryProgress(version, errand.ports.clock.now(), is_healthy(seen)))
    not_given = not delivery.written and missing_from_secret(
        errand.certificate, errand.wanted, errand.place, seen.secret
    )
    if not_given and delivery.sound != is_healthy(seen):
        return save_progress(errand, replace(delivery, sound=is_healthy(seen)))
    return delivery


def save_progress(errand: PlaceDelivery, delivery: DeliveryProgress) -> DeliveryProgress:
    errand.note(replace(errand.record, delivery=delivery))
    return delivery


def decide_step(errand: PlaceDelivery, seen: PlaceObservation, delivery: DeliveryProgress) -> Step | Hold:
    """Return the next step, unless it must not be taken now; replicas in trouble are not given anything new."""
    now = errand.ports.clock.now()
    step = next_action(
        errand.certificate,
        errand.wanted,
        errand.place,
        seen,
        errand.renewal.journal,
        delivery,
        errand.renewal.pauses,
        now,
    )
    if (
        isinstance(step, Write)
        and was_unhealthy_before(seen, errand.record, now)
        and secret_unchanged_since_verified(errand, seen)
    ):
        return Skip(f"{step.reason}; {describe_not_ready(seen) or describe_no_answer(seen)}")
    return step


def secret_unchanged_since_verified(errand: PlaceDelivery, seen: PlaceObservation) -> bool:
    """Say whether the Secret is as it was proven, so that it is not what troubles the replicas."""
    proof = errand.record.proof
    proven = errand.ports.vault.version(errand.certificate, proof.version) if proof is not None else None
    return proven is not None and missing_from_secret(errand.certificate, proven, errand.place, seen.secret) is None


def execute(
    step: Write | Restart,
    errand: PlaceDelivery,
    seen: PlaceObservation,
    delivery: DeliveryProgress,
    progress: ProgressLog,
) -> None:
    match step:
        case Write():
            write_step(errand, seen, delivery, progress)
        case Restart():
            restart_step(errand, seen, delivery, progress)


def write_step(
    errand: PlaceDelivery, seen: PlaceObservation, delivery: DeliveryProgress, progress: ProgressLog
) -> None:
    """Write the Secret; the pods' time to pick it up begins now, for whoever finds it written after a crash too."""
    delivery = save_progress(errand, replace(delivery, since=errand.ports.clock.now(), restarted=None))
    try:
        write_secret(errand.renewal, errand.wanted, errand.place, seen.secret, progress)
    except Conflict as changed:
        raise NotYet(str(changed), MAX_WAIT, str(errand.place)) from changed
    save_progress(errand, replace(delivery, since=errand.ports.clock.now(), written=True))


def restart_step(
    errand: PlaceDelivery, seen: PlaceObservation, delivery: DeliveryProgress, progress: ProgressLog
) -> None:
    """Roll the pods, then write down that we did; the cause is the same if a killed execution comes here again."""
    place, ports = errand.place, errand.ports
    if seen.rollout is not None and seen.rollout.lacks:
        progress.tell(f"sessions may fail in this restart: the pod template lacks {', '.join(seen.rollout.lacks)}")
    errand.renewal.held.before_effect()
    cause = f"{errand.wanted.leaf.thumbprint} {delivery.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    rolled = f"rolled {place.relay.workload}"
    errand.renewal.held.record("rollout", rolled, place=str(place), stored=errand.wanted)
    save_progress(errand, replace(delivery, restarted=ports.clock.now()))


def failure_of(errand: PlaceDelivery, step: Skip | Stop, seen: PlaceObservation) -> RolloutStopped | TransientError:
    """Say what is wrong, and what a person can do about it."""
    place, version = errand.place, errand.wanted.version
    to_do = remedy_for(errand.wanted.leaf.thumbprint, place, seen)
    if isinstance(step, Skip):
        return TransientError(f"{place} is left for now: {step.reason}. {to_do}")
    return RolloutStopped(f"{place} does not serve version {version}: {step.reason}.", to_do)
