"""Bring one place to serve the stored version, and prove it."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.certificates import Stored
from shared.domain.delivery import Restart, Settled, Step, Stop, Watch, Write, next_step
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Delivery, Journal, PlaceRecord, Proof
from shared.domain.places import PlaceSeen
from shared.domain.proof import every_question
from shared.domain.secrets import difference
from shared.errors import NotYet, RelaykeeperError
from shared.ports import Lease, Ports
from shared.workflows.look import look_closely
from shared.workflows.progress import Progress
from shared.workflows.secret import write_secret

PATIENCE = timedelta(seconds=5)
"""How long one execution watches before it ends and comes back through the queue."""

LONGEST_ABSENCE = timedelta(minutes=1)

LOOK_AGAIN = 0.25
"""Seconds between two looks."""


class LineStopped(RelaykeeperError):
    """The replicas of a place were given the version and do not serve it: no later place may get it."""


def deliver(certificate: Certificate, stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> None:
    """Go from step to step until every replica serves `stored`.

    Raises LineStopped if they do not, NotYet if they need more time, PermanentError if the Secret is somebody else's.
    """
    impatient = ports.clock.now() + PATIENCE
    progress = Progress(f"{certificate.name} at {place}")
    while True:
        seen = look_closely(certificate, place, every_question, ports)
        record = begun(stored, place, lease, ports)
        step = decide(certificate, stored, place, seen, record, ports)
        progress.tell(step.reason)
        match step:
            case Settled():
                break
            case Write():
                write_secret(certificate, stored, place, seen.secret, progress, lease, ports)
            case Restart():
                restart(stored, place, record, lease, ports)
            case Watch() if ports.clock.now() >= impatient:
                raise NotYet(f"{place}: {step.reason}", until_next_look(record, ports))
            case Watch():
                ports.clock.pause(LOOK_AGAIN)
            case Stop():
                raise LineStopped(f"{place} was given version {stored.version} and does not serve it: {step.reason}")
    progress.tell(f"proven, {how(record)}")
    prove(stored, place, len(seen.pods), lease, ports)


def until_next_look(record: PlaceRecord, ports: Ports) -> timedelta:
    """Return how long to stay away: the longer, the longer it has taken."""
    assert record.delivery is not None
    return min(max(PATIENCE, (ports.clock.now() - record.delivery.since) / 4), LONGEST_ABSENCE)


def begun(stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> PlaceRecord:
    """Return the place's record, after writing down that we are delivering this version there."""
    record = lease.journal.at(str(place))
    if record.delivery is None or record.delivery.version != stored.version:
        record = replace(record, delivery=Delivery(stored.version, ports.clock.now()))
        lease.write(lease.journal.with_place(str(place), record))
    return record


def decide(
    certificate: Certificate, stored: Stored, place: Place, seen: PlaceSeen, record: PlaceRecord, ports: Ports
) -> Step:
    assert record.delivery is not None
    lacking = difference(certificate.name, stored, files_of(place.relay, place.serves, certificate), seen.secret)
    return next_step(stored.leaf.thumbprint, lacking, seen, record.delivery, place.relay.reload, ports.clock.now())


def restart(stored: Stored, place: Place, record: PlaceRecord, lease: Lease[Journal], ports: Ports) -> None:
    """Roll the pods, then write down that we did; the cause is the same if a killed execution comes here again."""
    assert record.delivery is not None
    lease.renew()
    cause = f"{stored.leaf.thumbprint} {record.delivery.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    delivery = replace(record.delivery, restarted=ports.clock.now())
    lease.write(lease.journal.with_place(str(place), replace(record, delivery=delivery)))


def how(record: PlaceRecord) -> str:
    return "by restart" if record.delivery is not None and record.delivery.restarted is not None else "by pick-up"


def prove(stored: Stored, place: Place, replicas: int, lease: Lease[Journal], ports: Ports) -> None:
    """Write down that every replica serves it."""
    proof = Proof(stored.version, stored.leaf.thumbprint, replicas, ports.clock.now())
    lease.write(lease.journal.with_place(str(place), PlaceRecord(proof=proof)))
