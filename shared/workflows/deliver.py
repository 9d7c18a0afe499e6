"""Bring one place to serve the stored version, and prove it."""

from dataclasses import replace

from shared.domain.certificates import Stored
from shared.domain.delivery import Restart, Settled, Step, Stop, Watch, Write, next_step, way_out
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Delivery, Journal, PlaceRecord, Proof, absence
from shared.domain.places import PlaceSeen
from shared.domain.proof import every_question
from shared.domain.secret_part import difference
from shared.errors import Changed, NotYet, RelaykeeperError
from shared.ports import Lease, Ports
from shared.workflows.look import look_closely
from shared.workflows.patience import PATIENCE
from shared.workflows.progress import Progress
from shared.workflows.write_secret import write_secret

LOOK_AGAIN = 0.25
"""Seconds between two looks."""


class LineStopped(RelaykeeperError):
    """The replicas of a place do not serve the version: no later place may get it."""


def deliver(certificate: Certificate, stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> None:
    """Go from step to step until every replica serves `stored`.

    Raises LineStopped if they do not, NotYet if they need more time, PermanentError if the Secret is somebody else's.
    """
    impatient = ports.clock.now() + PATIENCE
    progress = Progress(f"{certificate.name} at {place}")
    while True:
        seen = look_closely(certificate, place, every_question, ports)
        delivery = begun(stored, place, lease, ports)
        step = decide(certificate, stored, place, seen, delivery, ports)
        progress.tell(step.reason)
        match step:
            case Settled():
                break
            case Write():
                write(certificate, stored, place, seen, progress, lease, ports)
            case Restart():
                restart(stored, place, delivery, lease, ports)
            case Watch() if ports.clock.now() >= impatient:
                raise NotYet(f"{place}: {step.reason}", absence(delivery.since, ports.clock.now()))
            case Watch():
                ports.clock.pause(LOOK_AGAIN)
            case Stop():
                how_to_mend = way_out(stored.leaf.thumbprint, place, seen)
                raise LineStopped(f"{place} does not serve version {stored.version}: {step.reason}. {how_to_mend}")
    progress.tell("proven, by restart" if delivery.restarted else "proven, by pick-up")
    prove(stored, place, len(seen.pods), lease, ports)


def begun(stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> Delivery:
    """Return the delivery of this version to the place, writing down that it begins if it does."""
    delivery = lease.journal.at(str(place)).delivery
    if delivery is None or delivery.version != stored.version:
        delivery = Delivery(stored.version, ports.clock.now())
        note_delivery(delivery, place, lease)
    return delivery


def note_delivery(delivery: Delivery, place: Place, lease: Lease[Journal]) -> None:
    record = replace(lease.journal.at(str(place)), delivery=delivery)
    lease.write(lease.journal.with_place(str(place), record))


def decide(
    certificate: Certificate, stored: Stored, place: Place, seen: PlaceSeen, delivery: Delivery, ports: Ports
) -> Step:
    files = files_of(place.relay, place.serves, certificate, stored.version)
    lacking = difference(certificate.name, stored, files, seen.secret)
    return next_step(stored.leaf.thumbprint, lacking, seen, delivery, place.relay.reload, ports.clock.now())


def write(
    certificate: Certificate,
    stored: Stored,
    place: Place,
    seen: PlaceSeen,
    progress: Progress,
    lease: Lease[Journal],
    ports: Ports,
) -> None:
    """Write the Secret; the pods' time to pick it up begins now."""
    try:
        write_secret(certificate, stored, place, seen.secret, progress, lease, ports)
    except Changed as changed:
        raise NotYet(str(changed), PATIENCE) from changed
    note_delivery(Delivery(stored.version, ports.clock.now(), written=True), place, lease)


def restart(stored: Stored, place: Place, delivery: Delivery, lease: Lease[Journal], ports: Ports) -> None:
    """Roll the pods, then write down that we did; the cause is the same if a killed execution comes here again."""
    lease.renew()
    cause = f"{stored.leaf.thumbprint} {delivery.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    note_delivery(replace(delivery, restarted=ports.clock.now()), place, lease)


def prove(stored: Stored, place: Place, replicas: int, lease: Lease[Journal], ports: Ports) -> None:
    """Write down that every replica serves it."""
    proof = Proof(stored.version, stored.leaf.thumbprint, replicas, ports.clock.now())
    lease.write(lease.journal.with_place(str(place), PlaceRecord(proof=proof)))
