"""Deliver to one place after the other, in the inventory's order."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate, Place
from shared.domain.journal import Journal
from shared.domain.quarantine import without_superseded
from shared.domain.restraint import rests
from shared.domain.work import Seen, place_work
from shared.errors import NotYet, PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.deliver import Errand, LineStopped, deliver
from shared.workflows.fronts import note_fronts
from shared.workflows.go_back import go_back
from shared.workflows.look import version_for

log = logging.getLogger("relaykeeper.deliver")

LONGEST_ABSENCE = timedelta(minutes=10)
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
        raise min(waits, key=lambda wait: wait.wait)


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
    stopped = False
    for place in line:
        wanted = version_for(certificate, stored, place, lease.journal, ports)
        if wanted is None or (seen.stored == stored and nothing_to_do(certificate, place, seen, ports)):
            continue
        new = wanted == stored and not has_proof(stored, place, lease) and place.relay.sync == "secret"
        if new and stopped:
            continue
        if new:
            wait_for_settling(stored, place, lease, ports)
        stopped = not tend(Errand(certificate, wanted, place, lease, ports)) or stopped


def nothing_to_do(certificate: Certificate, place: Place, seen: Seen, ports: Ports) -> bool:
    return not isinstance(place_work(certificate, place, seen, ports.clock.now()), str)


def has_proof(stored: Stored, place: Place, lease: Lease[Journal]) -> bool:
    """Say whether the place once served this very version, so that giving it again is mending."""
    proof = lease.journal.at(str(place)).proof
    return proof is not None and proof.version == stored.version


def wait_for_settling(stored: Stored, place: Place, lease: Lease[Journal], ports: Ports) -> None:
    """Raise NotYet while a cluster of the relay has served the version for less than the relay's `settle`."""
    clusters = [f"{place.relay.name}@{cluster}" for cluster in place.relay.clusters]
    proofs = [proof for cluster in clusters if (proof := lease.journal.at(cluster).proof) is not None]
    settles = max((proof.at for proof in proofs if proof.version == stored.version), default=None)
    now = ports.clock.now()
    if settles is not None and now < (until := settles + place.relay.settle):
        raise NotYet(f"{place}: held until {until:%H:%M:%S} UTC (settle)", min(until - now, LONGEST_ABSENCE))


def tend(errand: Errand) -> bool:
    """Deliver to a place, or put the version before back there; say whether the line may go on."""
    try:
        deliver(errand)
    except LineStopped as stop:
        try:
            go_back(errand, stop)
        except (LineStopped, TransientError, PermanentError) as failure:
            note_failure(errand, failure)
        return False
    except (TransientError, PermanentError) as failure:
        resting = rests(errand.place, errand.ports.clock.now())
        if resting is not None and isinstance(failure, TransientError):
            log.info("%s at %s: %s: %s", errand.certificate.name, errand.place, resting, failure)
        else:
            note_failure(errand, failure)
    return True


def note_failure(errand: Errand, failure: Exception) -> None:
    log.error("%s at %s: %s", errand.certificate.name, errand.place, failure)
    if errand.record.error != str(failure):
        errand.note(replace(errand.record, error=str(failure)))
