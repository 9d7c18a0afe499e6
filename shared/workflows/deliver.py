"""Bring one place to serve a version, and prove it."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.delivery import Restart, Settled, Skip, Step, Stop, Watch, Write
from shared.domain.journal import absence
from shared.domain.place_record import Delivery
from shared.domain.place_work import decision, lacking
from shared.domain.places import Answer, PlaceSeen
from shared.domain.restraint import Held, in_trouble
from shared.domain.served import sound, way_out, why_silent, why_unready
from shared.errors import Changed, NotYet, TransientError
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.errand import Errand, LineStopped
from shared.workflows.look import look_at_sample, look_closely
from shared.workflows.patience import PATIENCE
from shared.workflows.progress import Progress
from shared.workflows.prove import note_what_was_served_before, prove
from shared.workflows.write_secret import write_secret

LOOK_AGAIN = 0.25
"""Seconds between two looks, doubled with each: a look is a session with each replica."""


def deliver(errand: Errand) -> None:
    """Go from step to step until every replica serves the version, or until something holds the place back.

    Raises LineStopped if the replicas do not serve it, TransientError if the place has troubles of its own, NotYet if
    it needs more time, PermanentError if the Secret is somebody else's.

    While it waits it asks a sample, and everything once the sample is served. It waits here for what it changed itself;
    for what an earlier attempt did it comes back.
    """
    place, ports = errand.place, errand.ports
    impatient, pause = ports.clock.now(), LOOK_AGAIN
    answers: tuple[Answer, ...] = ()
    progress = Progress(f"{errand.certificate.name} at {place}")
    while True:
        seen = look_at_sample(errand.certificate, errand.wanted, place, answers, ports)
        delivery = begun(errand, seen)
        step = decide(errand, seen, delivery)
        if isinstance(step, Settled):
            seen = look_closely(errand.certificate, errand.wanted, place, ports)
            answers = seen.answers
            step = decide(errand, seen, delivery)
        progress.tell(step.reason)
        match step:
            case Settled():
                progress.tell("proven, by restart" if delivery.restarted else "proven, by pick-up")
                return prove(errand, len(seen.pods))
            case Held():
                return forget_error(errand)
            case Watch() if ports.clock.now() + timedelta(seconds=pause) > impatient:
                raise NotYet(f"{place}: {step.reason}", absence(delivery.since, ports.clock.now()), str(place))
            case Skip() | Stop():
                raise given_up(errand, step, seen)
            case Write() | Restart():
                take(step, errand, seen, delivery, progress)
                impatient, pause = ports.clock.now() + PATIENCE, LOOK_AGAIN
        ports.clock.pause(pause)
        pause *= 2


def begun(errand: Errand, seen: PlaceSeen) -> Delivery:
    """Return the delivery of this version to the place, writing down that it begins if it does.

    How sound the place is counts as it is when the version is given to it, not when that was first wanted.
    """
    note_what_was_served_before(errand, seen)
    version, delivery = errand.wanted.version, errand.record.delivery
    if delivery is None or delivery.version != version:
        return noted(errand, Delivery(version, errand.ports.clock.now(), sound(seen)))
    not_given = not delivery.written and lacking(errand.certificate, errand.wanted, errand.place, seen.secret)
    if not_given and delivery.sound != sound(seen):
        return noted(errand, replace(delivery, sound=sound(seen)))
    return delivery


def noted(errand: Errand, delivery: Delivery) -> Delivery:
    errand.note(replace(errand.record, delivery=delivery))
    return delivery


def decide(errand: Errand, seen: PlaceSeen, delivery: Delivery) -> Step | Held:
    """Return the next step, unless it must not be taken now; replicas in trouble are not given anything new."""
    now = errand.ports.clock.now()
    step = decision(errand.certificate, errand.wanted, errand.place, seen, errand.lease.journal, delivery, now)
    if isinstance(step, Write) and in_trouble(seen, errand.record, now) and holds_what_was_proven(errand, seen):
        return Skip(f"{step.reason}; {why_unready(seen) or why_silent(seen)}")
    return step


def holds_what_was_proven(errand: Errand, seen: PlaceSeen) -> bool:
    """Say whether the Secret is as it was proven, so that it is not what troubles the replicas."""
    proof = errand.record.proof
    proven = errand.ports.vault.version(errand.certificate, proof.version) if proof is not None else None
    return proven is not None and lacking(errand.certificate, proven, errand.place, seen.secret) is None


def take(step: Write | Restart, errand: Errand, seen: PlaceSeen, delivery: Delivery, progress: Progress) -> None:
    match step:
        case Write():
            write(errand, seen, delivery, progress)
        case Restart():
            restart(errand, seen, delivery, progress)


def write(errand: Errand, seen: PlaceSeen, delivery: Delivery, progress: Progress) -> None:
    """Write the Secret; the pods' time to pick it up begins now, for whoever finds it written after a crash too."""
    delivery = noted(errand, replace(delivery, since=errand.ports.clock.now(), restarted=None))
    try:
        write_secret(errand.certificate, errand.wanted, errand.place, seen.secret, progress, errand.lease, errand.ports)
    except Changed as changed:
        raise NotYet(str(changed), PATIENCE, str(errand.place)) from changed
    noted(errand, replace(delivery, since=errand.ports.clock.now(), written=True))


def restart(errand: Errand, seen: PlaceSeen, delivery: Delivery, progress: Progress) -> None:
    """Roll the pods, then write down that we did; the cause is the same if a killed execution comes here again."""
    place, ports = errand.place, errand.ports
    if seen.rollout is not None and seen.rollout.lacks:
        progress.tell(f"sessions may fail in this restart: the pod template lacks {', '.join(seen.rollout.lacks)}")
    errand.lease.renew()
    cause = f"{errand.wanted.leaf.thumbprint} {delivery.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    rolled = f"rolled {place.relay.workload}"
    chronicle(Deed("rollout", rolled, errand.certificate.name, str(place), errand.wanted), ports)
    noted(errand, replace(delivery, restarted=ports.clock.now()))


def given_up(errand: Errand, step: Skip | Stop, seen: PlaceSeen) -> LineStopped | TransientError:
    """Say what is wrong, and what a person can do about it."""
    place, version = errand.place, errand.wanted.version
    to_do = way_out(errand.wanted.leaf.thumbprint, place, seen)
    if isinstance(step, Skip):
        return TransientError(f"{place} is left for now: {step.reason}. {to_do}")
    return LineStopped(f"{place} does not serve version {version}: {step.reason}.", to_do)


def forget_error(errand: Errand) -> None:
    """Strike out why the last attempt failed, because this one did not."""
    if errand.record.error is not None:
        errand.note(replace(errand.record, error=None))
