"""Deliver to one place after the other, in the inventory's order."""

import logging
from dataclasses import replace

from shared.domain.certificates import Stored
from shared.domain.inventory import Certificate, Place
from shared.domain.journal import Journal
from shared.domain.work import Seen, place_work
from shared.errors import PermanentError, TransientError
from shared.ports import Lease, Ports
from shared.workflows.deliver import LineStopped, deliver

log = logging.getLogger("relaykeeper.deliver")


def deliver_in_line(certificate: Certificate, stored: Stored, seen: Seen, lease: Lease[Journal], ports: Ports) -> None:
    """Deliver where `seen` says that something is to be done.

    A place that does not serve the version stops the line: no later place gets it that was not proven to serve it
    before. A place that cannot be reached, or whose Secret is not ours, is skipped and tried again on the next tick.
    """
    stopped = False
    for place in ports.inventory.places(certificate.name):
        done = seen.stored == stored and place_work(certificate, stored, place, seen) is None
        if done or (stopped and not has_proof(stored, place, lease)):
            continue
        try:
            deliver(certificate, stored, place, lease, ports)
        except LineStopped as failure:
            note_failure(certificate, place, failure, lease)
            stopped = True
        except (TransientError, PermanentError) as failure:
            note_failure(certificate, place, failure, lease)


def has_proof(stored: Stored, place: Place, lease: Lease[Journal]) -> bool:
    """Say whether the place once served this very version, so that giving it again is mending."""
    proof = lease.journal.at(str(place)).proof
    return proof is not None and proof.version == stored.version


def note_failure(certificate: Certificate, place: Place, failure: Exception, lease: Lease[Journal]) -> None:
    log.error("%s at %s: %s", certificate.name, place, failure)
    record = lease.journal.at(str(place))
    if record.error != str(failure):
        lease.write(lease.journal.with_place(str(place), replace(record, error=str(failure))))
