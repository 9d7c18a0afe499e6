"""What is to be done about one place."""

from datetime import datetime

from shared.domain.certificates import Stored, names_of
from shared.domain.delivery import Settled, Step, next_step
from shared.domain.journal import Journal
from shared.domain.place_record import Delivery, PlaceRecord
from shared.domain.places import PlaceSeen, Resting, SecretSeen, Unreachable
from shared.domain.quarantine import going_back
from shared.domain.restraint import Held, paused, restrained
from shared.domain.secret_part import difference, held_version
from shared.domain.seen import Seen
from shared.inventory import Certificate, Place, files_of


def place_work(certificate: Certificate, place: Place, seen: Seen, now: datetime) -> str | Held | None:
    """Say what is to be done, or to be written down, about a place; None where it serves what it should, proven."""
    there, record, wanted = seen.places.get(place), seen.journal.at(str(place)), seen.wanted(place)
    if there is None:
        return "not looked at yet"
    if isinstance(there, Unreachable):
        return there.reason if there.reason != record.error else None
    if isinstance(there, Resting) or wanted is None:
        return "its last error is over" if record.error is not None else None
    match step_at(certificate, wanted, place, there, seen.journal, now):
        case Settled():
            return None if written_down(wanted, there, record) else "served, not yet written down"
        case Held() as kept:
            return kept if record.error is None else f"{kept.reason}; its last error is over"
        case step:
            return step.reason


def step_at(
    certificate: Certificate, wanted: Stored, place: Place, there: PlaceSeen, journal: Journal, now: datetime
) -> Step | Held:
    """Return the next step of the delivery that is under way, or would begin now."""
    delivery = journal.at(str(place)).delivery
    if delivery is None or delivery.version != wanted.version:
        delivery = Delivery(wanted.version, now)
    return decision(certificate, wanted, place, there, journal, delivery, now)


def written_down(wanted: Stored, there: PlaceSeen, record: PlaceRecord) -> bool:
    """Say whether the record tells of what is seen; without any replica there is nothing to tell."""
    proof = record.proof
    proven = proof is not None and proof.version == wanted.version and proof.replicas == len(there.pods)
    return (proven or not there.pods) and record.delivery is None and record.error is None


def decision(
    certificate: Certificate,
    wanted: Stored,
    place: Place,
    there: PlaceSeen,
    journal: Journal,
    delivery: Delivery,
    now: datetime,
) -> Step | Held:
    """Return the next step, unless it must not be taken now.

    The way back to an earlier version waits for nothing but the end of a pause.
    """
    lacks = lacking(certificate, wanted, place, there.secret)
    step = next_step(wanted.leaf.thumbprint, lacks, there, delivery, place, now)
    if paused(place, now) is None and going_back(
        journal, place, wanted.version, held_version(certificate.name, there.secret)
    ):
        return step
    return restrained(step, place, there, now)


def lacking(certificate: Certificate, wanted: Stored, place: Place, secret: SecretSeen | None) -> str | None:
    """Say what the place's Secret lacks of the wanted version; nothing where somebody else brings the files."""
    if place.relay.sync == "none":
        return None
    files = files_of(place.relay, place.serves, names_of(wanted.leaf, certificate.dns_names), wanted.version)
    return difference(certificate.name, wanted, files, secret)
