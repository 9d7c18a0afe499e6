"""Bring one place to serve the stored version, and prove it."""

import logging
from dataclasses import replace
from datetime import timedelta

from shared.domain.certificates import Stored
from shared.domain.delivery import Restart, Settled, Stop, Watch, Write, next_step
from shared.domain.inventory import Certificate, Place, files_of
from shared.domain.journal import Delivery, Journal, PlaceRecord, Proof
from shared.domain.ownership import hands_on, secret_refusal
from shared.domain.places import PlaceSeen
from shared.domain.proof import every_question
from shared.domain.secrets import SecretPart, annotation, annotation_of, difference, digest, field_manager_of, lay_out, secret_type
from shared.errors import NotYet, PermanentError, RelaykeeperError
from shared.ports import Lease, Ports
from shared.workflows.look import look_closely

log = logging.getLogger("relaykeeper.deliver")

PATIENCE = timedelta(seconds=5)
"""How long one execution watches before it ends and comes back through the queue."""

LOOK_AGAIN = 0.25
"""Seconds between two looks."""


class LineStopped(RelaykeeperError):
    """The replicas of a place were given the version and do not serve it: no later place may get it."""


def deliver(certificate: Certificate, stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> None:
    """Go from step to step until every replica serves `stored`.

    Raises LineStopped if they do not, NotYet if they need more time, PermanentError if the Secret is somebody else's.
    """
    impatient = ports.clock.now() + PATIENCE
    said = ""
    while True:
        seen = look_closely(certificate, place, every_question, ports)
        record, now = begun(place, stored, lease, ports), ports.clock.now()
        assert record.delivery is not None
        lacking = difference(certificate.name, stored, files_of(place, certificate), seen.secret)
        step = next_step(stored.leaf.thumbprint, lacking, seen, record.delivery, place.relay.reload, now)
        if step.reason != said:
            log.info("%s at %s: %s", certificate.name, place, step.reason)
            said = step.reason
        match step:
            case Settled():
                return prove(certificate.name, stored, place, seen, lease, ports)
            case Write():
                write(certificate, stored, place, seen, lease, ports)
            case Restart():
                restart(stored, place, record, lease, ports)
            case Watch() if now >= impatient:
                raise NotYet(f"{place}: {step.reason}", PATIENCE)
            case Watch():
                ports.clock.pause(LOOK_AGAIN)
            case Stop():
                raise LineStopped(f"{place} was given version {stored.version} and does not serve it: {step.reason}")


def begun(place: Place, stored: Stored, lease: Lease[Journal], ports: Ports) -> PlaceRecord:
    """Return the place's record, after writing down that we are delivering this version there."""
    record = lease.journal.at(str(place))
    if record.delivery is None or record.delivery.version != stored.version:
        record = replace(record, delivery=Delivery(stored.version, ports.clock.now()))
        lease.write(lease.journal.with_place(str(place), record))
    return record


def write(
    certificate: Certificate, stored: Stored, place: Place, seen: PlaceSeen, lease: Lease[Journal], ports: Ports
) -> None:
    """Write our part of the Secret, or first drop the claims of people who edited it."""
    namespace, name = place.relay.workload.namespace, place.serves.secret
    files = files_of(place, certificate)
    if seen.secret is not None:
        refused = secret_refusal(str(place), f"{namespace}/{name}", seen.secret, certificate.name)
        if refused is not None:
            raise PermanentError(refused)
        if hands := hands_on(seen.secret, files):
            lease.renew()
            return ports.clusters.release(place.cluster, namespace, name, seen.secret, hands)
    part = part_of(certificate, stored, place, seen, ports)
    lease.renew()
    ports.clusters.apply(place.cluster, part)
    log.info("%s at %s: wrote %s to Secret %s/%s", certificate.name, place, stored.version[:8], namespace, name)


def part_of(certificate: Certificate, stored: Stored, place: Place, seen: PlaceSeen, ports: Ports) -> SecretPart:
    """Lay the stored version out as this relay's files."""
    wanted = files_of(place, certificate)
    files = lay_out(ports.vault.bundle(certificate, stored.version), wanted)
    digests = {file: digest(content) for file, content in files.items()}
    return SecretPart(
        namespace=place.relay.workload.namespace,
        name=place.serves.secret,
        type=secret_type(seen.secret, wanted),
        files=files,
        annotations={annotation_of(certificate.name): annotation(stored.version, stored.leaf.thumbprint, digests)},
        field_manager=field_manager_of(certificate.name),
        resource_version=seen.secret.resource_version if seen.secret else None,
    )


def restart(stored: Stored, place: Place, record: PlaceRecord, lease: Lease[Journal], ports: Ports) -> None:
    """Roll the pods, then write down that we did; the cause is the same if a killed execution comes here again."""
    assert record.delivery is not None
    lease.renew()
    cause = f"{stored.leaf.thumbprint} {record.delivery.since:%Y-%m-%dT%H:%M:%SZ}"
    ports.clusters.restart(place.cluster, place.relay.workload, cause)
    delivery = replace(record.delivery, restarted=ports.clock.now())
    lease.write(lease.journal.with_place(str(place), replace(record, delivery=delivery)))


def prove(name: str, stored: Stored, place: Place, seen: PlaceSeen, lease: Lease[Journal], ports: Ports) -> None:
    """Write down that every replica serves it."""
    delivery = lease.journal.at(str(place)).delivery
    how = "by restart" if delivery and delivery.restarted else "by pick-up"
    proof = Proof(stored.version, stored.leaf.thumbprint, len(seen.pods), ports.clock.now())
    lease.write(lease.journal.with_place(str(place), PlaceRecord(proof=proof)))
    log.info("%s at %s: served %d/%d, %s", name, place, len(seen.pods), len(seen.pods), how)
