"""Deliver to one place after the other, in the inventory's order."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from shared.domain.certificates import Stored
from shared.domain.journal import Journal
from shared.domain.place_work import lacking, place_work
from shared.domain.places import Resting, Unreachable
from shared.domain.quarantine import earlier_versions, why_blameless, without_superseded
from shared.domain.restraint import rests
from shared.domain.seen import Seen
from shared.errors import NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate, Place
from shared.log_context import step
from shared.ports import Lease, Ports
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.deliver import deliver, forget_error
from shared.workflows.errand import Errand, LineStopped
from shared.workflows.fronts import note_fronts
from shared.workflows.go_back import go_back
from shared.workflows.look import still_good, version_to_serve
from shared.workflows.patience import together

log = logging.getLogger("relaykeeper.deliver")

LONGEST_WAIT = timedelta(minutes=10)
"""How long a settling line keeps the certificate from being looked at."""


def deliver_in_line(certificate: Certificate, stored: Stored, seen: Seen, lease: Lease[Journal], ports: Ports) -> None:
    """Deliver where `seen` says that something is to be done, each relay in a line of its own.

    Raises NotYet, once every relay was tended to, if one of them needs more time.
    """
    forget_superseded(stored, lease)
    waits = []
    for _, line in groupby(ports.inventory.places(certificate.name), key=lambda place: place.relay.name):
        try:
            deliver_along(list(line), certificate, stored, seen, lease, ports)
        except NotYet as wait:
            waits.append(wait)
    note_fronts(certificate, stored, lease, ports)
    if waits:
        raise together(waits)


def forget_superseded(stored: Stored, lease: Lease[Journal]) -> None:
    """Lift the quarantine of every version but the newest."""
    kept = without_superseded(lease.journal, stored.version)
    if kept != lease.journal:
        lease.write(kept)


def deliver_along(
    line: Iterable[Place], certificate: Certificate, stored: Stored, seen: Seen, lease: Lease[Journal], ports: Ports
) -> None:
    """Deliver to one cluster of a relay after the other, each settled before the next is given the version.

    A place that does not serve the version stops the line: no later place gets it that was not proven to serve it
    before. A place that cannot be reached, or whose Secret is not ours, is skipped and tried again on the next tick.
    """
    stopped, waits = False, []
    for place in line:
        with noted_there(Errand(certificate, stored, place, lease, ports)):
            wanted = version_to_serve(certificate, stored, place, lease.journal, ports)
            if wanted is None or (seen.stored == stored and nothing_to_do(certificate, place, seen, ports)):
                continue
            errand = Errand(certificate, wanted, place, lease, ports)
            settles = why_not_yet(errand) if wanted == stored else None
            if is_new(errand) and (stopped or settles is not None):
                mend_meanwhile(errand, seen)
                waits += [settles] if settles is not None and not stopped else []
            else:
                stopped = not tend(errand) or stopped
    if waits:
        raise waits[0]


@contextmanager
def noted_there(errand: Errand) -> Iterator[None]:
    """Write what fails for one place down beside it, so that the others are delivered to."""
    try:
        with guard(f"delivering {errand.certificate.name} to {errand.place}"):
            yield
    except (TransientError, PermanentError) as failure:
        note_failure(errand, failure)


def nothing_to_do(certificate: Certificate, place: Place, seen: Seen, ports: Ports) -> bool:
    """Say whether a place is as it should be; of one that was left out, whether it was proven last time."""
    if place not in seen.places:
        record, wanted = seen.journal.at(str(place)), seen.wanted(place)
        proven = record.proof is not None and wanted is not None and record.proof.version == wanted.version
        return proven and record.delivery is None and record.error is None
    return not isinstance(place_work(certificate, place, seen, ports.clock.now()), str)


def is_new(errand: Errand) -> bool:
    """Say whether the place is to be given another version than was proven there last; else it is mended."""
    proof = errand.record.proof
    proven = proof is not None and proof.version == errand.wanted.version
    return not proven and errand.place.relay.sync == "secret"


def why_not_yet(errand: Errand) -> NotYet | None:
    """Return the wait for a cluster of the relay that has served the version for less than the relay's `settle`."""
    relay, journal, now = errand.place.relay, errand.lease.journal, errand.ports.clock.now()
    proofs = [proof for cluster in relay.clusters if (proof := journal.at(f"{relay.name}@{cluster}").proof) is not None]
    settles = max((proof.at for proof in proofs if proof.version == errand.wanted.version), default=None)
    if settles is None or now >= (until := settles + relay.settle):
        return None
    return NotYet(f"{errand.place}: held until {until:%H:%M:%S} UTC (settle)", min(until - now, LONGEST_WAIT))


def mend_meanwhile(errand: Errand, seen: Seen) -> None:
    """Put back what the place served before, if its Secret lacks even that, while the newest version is not its own."""
    place, proof, ports = errand.place, errand.record.proof, errand.ports
    there = seen.places.get(place)
    if proof is None or isinstance(there, Resting | Unreachable):
        return
    name, namespace = place.serves.secret, place.relay.workload.namespace
    assert name is not None, "only with sync secret is anything new"
    secret = there.secret if there is not None else ports.clusters.secret(place.cluster, namespace, name)
    earlier = still_good(errand.certificate, proof.version, ports)
    if earlier is not None and lacking(errand.certificate, earlier, place, secret) is not None:
        tend(replace(errand, wanted=earlier))


def tend(errand: Errand) -> bool:
    """Deliver to a place; say whether the line may go on."""
    with step(place=str(errand.place)):
        return tended(errand)


def tended(errand: Errand) -> bool:
    try:
        with guard(f"delivering {errand.certificate.name} to {errand.place}"):
            deliver(errand)
    except LineStopped as stop:
        return after(stop, errand)
    except (TransientError, PermanentError) as failure:
        resting = rests(errand.place, errand.ports.clock.now())
        if resting is not None and isinstance(failure, TransientError):
            log.info("%s at %s: %s: %s", errand.certificate.name, errand.place, resting, failure)
            forget_error(errand)
        else:
            note_failure(errand, failure)
    return True


def after(stop: LineStopped, errand: Errand) -> bool:
    """Put the version before back where this one is to blame; say whether the line may go on.

    It may past a place that is in trouble of its own; not where no place of the relay was ever served anything.
    """
    if (blameless := why_blameless(errand.record, errand.wanted.version)) is not None:
        note_failure(errand, LineStopped(f"{stop.reason} {blameless}", stop.way_out))
        places = errand.ports.inventory.places(errand.certificate.name)
        return bool(earlier_versions(errand.lease.journal, errand.place, errand.wanted.version, places))
    try:
        with guard(f"going back to the version before of {errand.certificate.name} at {errand.place}"):
            go_back(errand, stop)
    except (LineStopped, TransientError, PermanentError) as failure:
        note_failure(errand, failure)
    return False


def note_failure(errand: Errand, failure: Exception) -> None:
    log.error("%s at %s: %s", errand.certificate.name, errand.place, failure)
    if errand.record.error != str(failure):
        chronicle(
            Deed("not served", str(failure), errand.certificate.name, str(errand.place), errand.wanted), errand.ports
        )
        errand.note(replace(errand.record, error=str(failure)))
