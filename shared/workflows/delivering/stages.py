"""Deliver to one place after the other, in the inventory's order."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from shared.domain.assessment import assess_place, missing_from_secret
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.holds import expected_offline
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.quarantine import earlier_versions, quarantine_version, why_not_at_fault, without_superseded
from shared.domain.serving.place_observation import ExpectedOffline, Unreachable
from shared.errors import NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate, Place
from shared.log_context import step
from shared.ports import Ports
from shared.workflows.attempt import combine_waits
from shared.workflows.delivering.deliver import deliver
from shared.workflows.delivering.place_delivery import PlaceDelivery, RolloutStopped, clear_error
from shared.workflows.lease import Leased
from shared.workflows.observe import observe_public_endpoints, usable_version, version_to_serve
from shared.workflows.renewal import Renewal

log = logging.getLogger("relaykeeper.deliver")

MAX_SETTLE_WAIT = timedelta(minutes=10)
"""How long a settling line keeps the certificate from being looked at."""


def deliver_all(renewal: Renewal, stored: StoredVersion, seen: Observation) -> None:
    """Deliver where `seen` says that something is to be done, each relay in a line of its own.

    Raises NotYet, once every relay was tended to, if one of them needs more time.
    """
    lift_superseded_quarantine(stored, renewal.held)
    waits = []
    for _, line in groupby(renewal.places, key=lambda place: place.relay.name):
        try:
            deliver_to_relay(renewal, list(line), stored, seen)
        except NotYet as wait:
            waits.append(wait)
    record_public_endpoints(renewal, stored)
    if waits:
        raise combine_waits(waits)


def lift_superseded_quarantine(stored: StoredVersion, held: Leased[Journal]) -> None:
    """Lift the quarantine of every version but the newest."""
    kept = without_superseded(held.journal, stored.version)
    if kept != held.journal:
        held.save(kept)


def deliver_to_relay(
    renewal: Renewal,
    line: Iterable[Place],
    stored: StoredVersion,
    seen: Observation,
) -> None:
    """Deliver to one cluster of a relay after the other, each settled before the next is given the version.

    A place that does not serve the version stops the line: no later place gets it that was not proven to serve it
    before. A place that cannot be reached, or whose Secret is not ours, is skipped and tried again on the next tick.
    """
    stopped, waits = False, []
    for place in line:
        with failure_recorded(PlaceDelivery(renewal, stored, place)):
            wanted = version_to_serve(renewal.certificate, stored, place, renewal.journal, renewal.ports)
            if wanted is None or (
                seen.stored == stored and nothing_to_do(renewal.certificate, place, seen, renewal.ports)
            ):
                continue
            errand = PlaceDelivery(renewal, wanted, place)
            settles = settle_wait(errand) if wanted == stored else None
            if is_new_version(errand) and (stopped or settles is not None):
                repair_previous(errand, seen)
                waits += [settles] if settles is not None and not stopped else []
            else:
                stopped = not deliver_place(errand) or stopped
    if waits:
        raise waits[0]


@contextmanager
def failure_recorded(errand: PlaceDelivery) -> Iterator[None]:
    """Write what fails for one place down beside it, so that the others are delivered to."""
    try:
        with guard(f"delivering {errand.certificate.name} to {errand.place}"):
            yield
    except (TransientError, PermanentError) as failure:
        record_failure(errand, failure)


def nothing_to_do(certificate: Certificate, place: Place, seen: Observation, ports: Ports) -> bool:
    """Say whether a place is as it should be; of one that was left out, whether it was proven last time."""
    if place not in seen.places:
        record, wanted = seen.journal.at(str(place)), seen.wanted(place)
        proven = record.proof is not None and wanted is not None and record.proof.version == wanted.version
        return proven and record.delivery is None and record.error is None
    return not isinstance(assess_place(certificate, place, seen, ports.clock.now()), str)


def is_new_version(errand: PlaceDelivery) -> bool:
    """Say whether the place is to be given another version than was proven there last; else it is mended."""
    proof = errand.record.proof
    proven = proof is not None and proof.version == errand.wanted.version
    return not proven and errand.place.relay.sync == "secret"


def settle_wait(errand: PlaceDelivery) -> NotYet | None:
    """Return the wait for a cluster of the relay that has served the version for less than the relay's `settle`."""
    relay, journal, now = errand.place.relay, errand.renewal.journal, errand.ports.clock.now()
    proofs = [proof for cluster in relay.clusters if (proof := journal.at(f"{relay.name}@{cluster}").proof) is not None]
    settles = max((proof.at for proof in proofs if proof.version == errand.wanted.version), default=None)
    if settles is None or now >= (until := settles + relay.settle):
        return None
    return NotYet(f"{errand.place}: held until {until:%H:%M:%S} UTC (settle)", min(until - now, MAX_SETTLE_WAIT))


def repair_previous(errand: PlaceDelivery, seen: Observation) -> None:
    """Put back what the place served before, if its Secret lacks even that, while the newest version is not its own."""
    place, proof, ports = errand.place, errand.record.proof, errand.ports
    there = seen.places.get(place)
    if proof is None or isinstance(there, ExpectedOffline | Unreachable):
        return
    name, namespace = place.serves.secret, place.relay.workload.namespace
    assert name is not None, "only with sync secret is anything new"
    secret = there.secret if there is not None else ports.clusters.secret(place.cluster, namespace, name)
    earlier = usable_version(errand.certificate, proof.version, ports)
    if earlier is not None and missing_from_secret(errand.certificate, earlier, place, secret) is not None:
        deliver_place(replace(errand, wanted=earlier))


def deliver_place(errand: PlaceDelivery) -> bool:
    """Deliver to a place; say whether the line may go on."""
    with step(place=str(errand.place)):
        return try_deliver_place(errand)


def try_deliver_place(errand: PlaceDelivery) -> bool:
    try:
        with guard(f"delivering {errand.certificate.name} to {errand.place}"):
            deliver(errand)
    except RolloutStopped as stop:
        return on_rollout_stopped(stop, errand)
    except (TransientError, PermanentError) as failure:
        resting = expected_offline(errand.place, errand.renewal.pauses, errand.ports.clock.now())
        if resting is not None and isinstance(failure, TransientError):
            log.info("%s at %s: %s: %s", errand.certificate.name, errand.place, resting, failure)
            clear_error(errand)
        else:
            record_failure(errand, failure)
    return True


def on_rollout_stopped(stop: RolloutStopped, errand: PlaceDelivery) -> bool:
    """Put the version before back where this one is to blame; say whether the line may go on.

    It may past a place that is in trouble of its own; not where no place of the relay was ever served anything.
    """
    if (blameless := why_not_at_fault(errand.record, errand.wanted.version)) is not None:
        record_failure(errand, RolloutStopped(f"{stop.reason} {blameless}", stop.way_out))
        places = errand.renewal.places
        return bool(earlier_versions(errand.renewal.journal, errand.place, errand.wanted.version, places))
    try:
        with guard(f"going back to the version before of {errand.certificate.name} at {errand.place}"):
            roll_back(errand, stop)
    except (RolloutStopped, TransientError, PermanentError) as failure:
        record_failure(errand, failure)
    return False


def record_failure(errand: PlaceDelivery, failure: Exception) -> None:
    log.error("%s at %s: %s", errand.certificate.name, errand.place, failure)
    if errand.record.error != str(failure):
        errand.renewal.held.record("not served", str(failure), place=str(errand.place), stored=errand.wanted)
        errand.note(replace(errand.record, error=str(failure)))


def roll_back(failed: PlaceDelivery, stop: RolloutStopped) -> None:
    """Quarantine the version that is to blame, and deliver the one before.

    Raises LineStopped with the reason where there is no going back, and all that `deliver` raises.
    """
    if (why_not := why_not_rolled_back(failed)) is not None:
        raise RolloutStopped(f"{stop.reason} {why_not}", stop.way_out) from stop
    certificate, place, ports, proof = failed.certificate, failed.place, failed.ports, failed.record.proof
    assert proof is not None
    earlier = usable_version(certificate, proof.version, ports)
    if earlier is None:
        raise RolloutStopped(
            f"{stop.reason} There is no way back: version {proof.version} has expired, or is gone or disabled in vault "
            f"{certificate.vault}. Version {failed.wanted.version} stays.",
            stop.way_out,
        ) from stop
    renewal, version = failed.renewal, failed.wanted.version
    log.error("%s at %s: %s Going back to version %s.", certificate.name, place, stop.reason, earlier.version)
    renewal.held.record("quarantine", stop.reason, place=str(place), stored=failed.wanted)
    renewal.held.record("rollback", "going back to this version", place=str(place), stored=earlier)
    after = quarantine_version(renewal.journal, version, place, stop.reason, renewal.places, ports.clock.now())
    renewal.held.save(after)
    deliver(replace(failed, wanted=earlier))


def why_not_rolled_back(failed: PlaceDelivery) -> str | None:
    """Say why there is nothing to go back to by our hand; None where there is."""
    if failed.place.relay.sync == "none":
        return "Somebody else brings the files: to go back, import the version before into the vault again."
    if failed.record.proof is None:
        return "No version was served here before."
    return None


def record_public_endpoints(renewal: Renewal, stored: StoredVersion) -> None:
    """Write down how the fronts stand, if that has changed: they move on their own time, and hold nothing up."""
    faults = observe_public_endpoints(renewal.certificate, stored, renewal.journal, renewal.pauses, renewal.ports)
    for front, fault in faults.items():
        log.error("%s: %s: %s", renewal.certificate.name, front, fault)
    if faults != renewal.journal.fronts:
        renewal.held.save(replace(renewal.journal, fronts=faults))
