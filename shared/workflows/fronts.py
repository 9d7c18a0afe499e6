"""Probe the public names in front of the relays, beside the clusters themselves."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from shared.domain.certificates import Stored
from shared.domain.fronts import front_faults, front_questions
from shared.domain.journal import Journal
from shared.domain.places import Answer
from shared.domain.proof import with_key_types
from shared.domain.restraint import rests
from shared.domain.served import turned_away
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate
from shared.ports import Lease, Ports
from shared.workflows.judged import judged

log = logging.getLogger("relaykeeper.deliver")


def look_at_fronts(certificate: Certificate, stored: Stored, journal: Journal, ports: Ports) -> Mapping[str, str]:
    """Return what is wrong at each front of the relays that serve the certificate; nothing of those in good order.

    Nothing is expected of a front while every cluster behind it is at rest. Raises TransientError where nothing is
    wrong but at one that turns us away, of which nobody knows.
    """
    places = ports.inventory.places(certificate.name)
    faults: dict[str, str] = {}
    away: list[Answer] = []
    for relay in {place.relay.name: place.relay for place in places}.values():
        behind = [place for place in places if place.relay.name == relay.name]
        questions = front_questions(certificate, relay)
        if not questions or all(rests(place, ports.clock.now()) for place in behind):
            continue
        proofs = [journal.at(str(place)).proof for place in behind]
        served = {stored.leaf.thumbprint, *(proof.thumbprint for proof in proofs if proof is not None)}
        beside = ports.inventory.served_beside(certificate.name, relay)
        answers = ports.relays.ask(with_key_types(questions, stored.leaf, beside))
        faults |= front_faults(judged(certificate, stored, answers, ports), served)
        away += turned_away(answers)
    if away and not faults:
        raise TransientError(f"{away[0].question.pod} could not be asked: {away[0].failure}")
    return faults


def fronts_seen(certificate: Certificate, stored: Stored, journal: Journal, ports: Ports) -> Mapping[str, str]:
    """Return what `look_at_fronts` does, or why they cannot be judged: that holds nothing else up."""
    try:
        with guard(f"looking at the fronts of {certificate.name}"):
            return look_at_fronts(certificate, stored, journal, ports)
    except (TransientError, PermanentError) as failure:
        return {f"public endpoints of {certificate.name}": str(failure)}


def note_fronts(certificate: Certificate, stored: Stored, lease: Lease[Journal], ports: Ports) -> None:
    """Write down how the fronts stand, if that has changed: they move on their own time, and hold nothing up."""
    faults = fronts_seen(certificate, stored, lease.journal, ports)
    for front, fault in faults.items():
        log.error("%s: %s: %s", certificate.name, front, fault)
    if faults != lease.journal.fronts:
        lease.write(replace(lease.journal, fronts=faults))
