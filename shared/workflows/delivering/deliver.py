"""Bring one place to serve a version, and prove it."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.holds import Hold, was_unhealthy_before
from shared.domain.journal import poll_delay
from shared.domain.place_assessment import assess_place, missing_from_secret
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
from shared.workflows.observe_place import full_look, sample_look

LOOK_AGAIN = 0.25
"""Seconds between the first two looks, then doubled: each look is a session with every replica."""


def deliver(delivery: PlaceDelivery) -> None:
    """Go from step to step until every replica serves the version, or until something holds the place back.

    Raises RolloutStopped if the replicas do not serve it, TransientError if the place has troubles of its own, NotYet
    if it needs more time, PermanentError if the Secret is not ours.

    While it waits it sends a sample of the probes, and all of them once the sample is served. It waits here only after
    a change of its own; for the effect of an earlier attempt's change it raises NotYet.
    """
    place, ports = delivery.place, delivery.ports
    deadline, pause = ports.clock.now(), LOOK_AGAIN
    results: tuple[ProbeResult, ...] = ()
    progress_log = ProgressLog(f"{delivery.certificate.name} at {place}")
    while True:
        observation = sample_look(delivery.certificate, delivery.desired, place, results, ports)
        progress = start_or_resume(delivery, observation)
        step = decide_step(delivery, observation)
        if isinstance(step, Serving):
            observation = full_look(delivery.certificate, delivery.desired, place, ports)
            results = observation.probe_results
            step = decide_step(delivery, observation)
        progress_log.report(step.message)
        match step:
            case Serving():
                progress_log.report("verified after a restart" if progress.restarted else "verified without a restart")
                return mark_verified(delivery, len(observation.workload.pods))
            case Hold():
                return clear_error(delivery)
            case Wait() if ports.clock.now() + timedelta(seconds=pause) > deadline:
                raise NotYet(f"{place}: {step.message}", poll_delay(progress.since, ports.clock.now()), str(place))
            case Skip() | Stop():
                raise failure_of(delivery, step, observation)
            case Write() | Restart():
                execute(step, delivery, observation, progress, progress_log)
                deadline, pause = ports.clock.now() + MAX_WAIT, LOOK_AGAIN
        ports.clock.pause(pause)
        pause *= 2


def start_or_resume(delivery: PlaceDelivery, observation: PlaceObservation) -> DeliveryProgress:
    """Return the progress of this version's delivery to the place; record its start if it begins now.

    Whether the place was healthy is judged when the version is given to it, not when it was first due.
    """
    recover_previous_version(delivery, observation)
    version, progress = delivery.desired.version, delivery.state.progress
    if progress is None or progress.version != version:
        return save_progress(delivery, DeliveryProgress(version, delivery.ports.clock.now(), is_healthy(observation)))
    not_given = not progress.written and missing_from_secret(
        delivery.certificate, delivery.desired, delivery.place, observation.secret
    )
    if not_given and progress.healthy_before != is_healthy(observation):
        return save_progress(delivery, replace(progress, healthy_before=is_healthy(observation)))
    return progress


def save_progress(delivery: PlaceDelivery, progress: DeliveryProgress) -> DeliveryProgress:
    delivery.save_state(replace(delivery.state, progress=progress))
    return progress


def decide_step(delivery: PlaceDelivery, observation: PlaceObservation) -> Step | Hold:
    """Return the next step, or the hold that forbids it now. Replicas that were unhealthy before get nothing new."""
    now, renewal = delivery.ports.clock.now(), delivery.renewal
    assessed = assess_place(
        delivery.certificate,
        delivery.place,
        observation,
        delivery.desired,
        renewal.journal,
        renewal.pauses,
        now,
        newest=False,  # it is this place's turn: its cluster need not wait for another
    )
    step = assessed.hold or assessed.step
    assert step is not None, "there is an observation, and a version that is desired"
    if (
        isinstance(step, Write)
        and was_unhealthy_before(observation, delivery.state, now)
        and secret_unchanged_since_verified(delivery, observation)
    ):
        return Skip(
            "UnhealthyBefore", f"{step.message}; {describe_not_ready(observation) or describe_no_answer(observation)}"
        )
    return step


def secret_unchanged_since_verified(delivery: PlaceDelivery, observation: PlaceObservation) -> bool:
    """Say whether the Secret is still what the replicas were proven to serve, so that it is not their trouble."""
    verified = delivery.state.verified
    proven = delivery.ports.vault.version(delivery.certificate, verified.version) if verified is not None else None
    return (
        proven is not None
        and missing_from_secret(delivery.certificate, proven, delivery.place, observation.secret) is None
    )


def execute(
    step: Write | Restart,
    delivery: PlaceDelivery,
    observation: PlaceObservation,
    progress: DeliveryProgress,
    progress_log: ProgressLog,
) -> None:
    match step:
        case Write():
            write_step(delivery, observation, progress, progress_log)
        case Restart():
            restart_step(delivery, observation, progress, progress_log)


def write_step(
    delivery: PlaceDelivery, observation: PlaceObservation, progress: DeliveryProgress, progress_log: ProgressLog
) -> None:
    """Write the Secret. The pods' time to pick it up begins now, also if a worker finds it written after a crash."""
    progress = save_progress(delivery, replace(progress, since=delivery.ports.clock.now(), restarted=None))
    try:
        write_secret(delivery.renewal, delivery.desired, delivery.place, observation.secret, progress_log)
    except Conflict as changed:
        raise NotYet(str(changed), MAX_WAIT, str(delivery.place)) from changed
    save_progress(delivery, replace(progress, since=delivery.ports.clock.now(), written=True))


def restart_step(
    delivery: PlaceDelivery, observation: PlaceObservation, progress: DeliveryProgress, progress_log: ProgressLog
) -> None:
    """Roll the pods, then record it; the cause is the same if a killed execution comes here again."""
    place, ports = delivery.place, delivery.ports
    rollout = observation.workload.rollout
    if rollout is not None and rollout.missing:
        progress_log.report(f"sessions may fail in this restart: the pod template lacks {', '.join(rollout.missing)}")
    delivery.renewal.held.before_effect()
    cause = f"{delivery.desired.leaf.thumbprint} {progress.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    rolled = f"rolled {place.relay.workload}"
    delivery.renewal.held.record("rollout", rolled, place=str(place), version=delivery.desired)
    save_progress(delivery, replace(progress, restarted=ports.clock.now()))


def failure_of(
    delivery: PlaceDelivery, step: Skip | Stop, observation: PlaceObservation
) -> RolloutStopped | TransientError:
    """Say what is wrong, and what a person can do about it."""
    place, version = delivery.place, delivery.desired.version
    to_do = remedy_for(delivery.desired.leaf.thumbprint, place, observation)
    if isinstance(step, Skip):
        return TransientError(f"{place} is left for now: {step.message}. {to_do}")
    return RolloutStopped(step.reason, f"{place} does not serve version {version}: {step.message}.", to_do)
