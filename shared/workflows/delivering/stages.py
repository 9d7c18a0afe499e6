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
"""The longest wait between two attempts while a cluster settles."""


def deliver_all(renewal: Renewal, stored: StoredVersion, observation: Observation) -> None:
    """Deliver where `observation` says that something is to be done, each relay in a line of its own.

    Raises NotYet, once every relay was tried, if one of them needs more time.
    """
    lift_superseded_quarantine(stored, renewal.held)
    waits = []
    for _, line in groupby(renewal.places, key=lambda place: place.relay.name):
        try:
            deliver_to_relay(renewal, list(line), stored, observation)
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
    observation: Observation,
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
                observation.stored == stored and nothing_to_do(renewal.certificate, place, observation, renewal.ports)
            ):
                continue
            delivery = PlaceDelivery(renewal, wanted, place)
            settles = settle_wait(delivery) if wanted == stored else None
            if is_new_version(delivery) and (stopped or settles is not None):
                repair_previous(delivery, observation)
                waits += [settles] if settles is not None and not stopped else []
            else:
                stopped = not deliver_place(delivery) or stopped
    if waits:
        raise waits[0]


@contextmanager
def failure_recorded(delivery: PlaceDelivery) -> Iterator[None]:
    """Record a failure at its place and go on, so that the other places are delivered to."""
    try:
        with guard(f"delivering {delivery.certificate.name} to {delivery.place}"):
            yield
    except (TransientError, PermanentError) as failure:
        record_failure(delivery, failure)


def nothing_to_do(certificate: Certificate, place: Place, observation: Observation, ports: Ports) -> bool:
    """Say whether a place is as it should be; of one that was left out, whether it was proven last time."""
    if place not in observation.places:
        state, wanted = observation.journal.at(str(place)), observation.desired(place)
        proven = state.verified is not None and wanted is not None and state.verified.version == wanted.version
        return proven and state.progress is None and state.error is None
    return not isinstance(assess_place(certificate, place, observation, ports.clock.now()), str)


def is_new_version(delivery: PlaceDelivery) -> bool:
    """Say whether the place is to be given another version than was proven there last; else it is repaired."""
    verified = delivery.state.verified
    proven = verified is not None and verified.version == delivery.desired.version
    return not proven and delivery.place.relay.sync == "secret"


def settle_wait(delivery: PlaceDelivery) -> NotYet | None:
    """Return the wait for a cluster of the relay that has served the version for less than the relay's `settle`."""
    relay, journal, now = delivery.place.relay, delivery.renewal.journal, delivery.ports.clock.now()
    proofs = [
        verified
        for cluster in relay.clusters
        if (verified := journal.at(f"{relay.name}@{cluster}").verified) is not None
    ]
    settles = max((verified.at for verified in proofs if verified.version == delivery.desired.version), default=None)
    if settles is None or now >= (until := settles + relay.settle):
        return None
    return NotYet(f"{delivery.place}: held until {until:%H:%M:%S} UTC (settle)", min(until - now, MAX_SETTLE_WAIT))


def repair_previous(delivery: PlaceDelivery, observation: Observation) -> None:
    """Write the version that the place served last again, if its Secret lacks it, while the newest must still wait."""
    place, verified, ports = delivery.place, delivery.state.verified, delivery.ports
    there = observation.places.get(place)
    if verified is None or isinstance(there, ExpectedOffline | Unreachable):
        return
    name, namespace = place.serves.secret, place.relay.workload.namespace
    assert name is not None, "only with sync secret is anything new"
    secret = there.secret if there is not None else ports.clusters.secret(place.cluster, namespace, name)
    earlier = usable_version(delivery.certificate, verified.version, ports)
    if earlier is not None and missing_from_secret(delivery.certificate, earlier, place, secret) is not None:
        deliver_place(replace(delivery, desired=earlier))


def deliver_place(delivery: PlaceDelivery) -> bool:
    """Deliver to a place; say whether the line may go on."""
    with step(place=str(delivery.place)):
        return try_deliver_place(delivery)


def try_deliver_place(delivery: PlaceDelivery) -> bool:
    try:
        with guard(f"delivering {delivery.certificate.name} to {delivery.place}"):
            deliver(delivery)
    except RolloutStopped as stop:
        return on_rollout_stopped(stop, delivery)
    except (TransientError, PermanentError) as failure:
        offline = expected_offline(delivery.place, delivery.renewal.pauses, delivery.ports.clock.now())
        if offline is not None and isinstance(failure, TransientError):
            log.info("%s at %s: %s: %s", delivery.certificate.name, delivery.place, offline, failure)
            clear_error(delivery)
        else:
            record_failure(delivery, failure)
    return True


def on_rollout_stopped(stop: RolloutStopped, delivery: PlaceDelivery) -> bool:
    """Roll the place back if the version is to blame; say whether the line may go on.

    It may go on past a place with troubles of its own, but not where no place of the relay ever served a version.
    """
    if (blameless := why_not_at_fault(delivery.state, delivery.desired.version)) is not None:
        record_failure(delivery, RolloutStopped(f"{stop.reason} {blameless}", stop.remedy))
        places = delivery.renewal.places
        return bool(earlier_versions(delivery.renewal.journal, delivery.place, delivery.desired.version, places))
    try:
        with guard(f"going back to the version before of {delivery.certificate.name} at {delivery.place}"):
            roll_back(delivery, stop)
    except (RolloutStopped, TransientError, PermanentError) as failure:
        record_failure(delivery, failure)
    return False


def record_failure(delivery: PlaceDelivery, failure: Exception) -> None:
    log.error("%s at %s: %s", delivery.certificate.name, delivery.place, failure)
    if delivery.state.error != str(failure):
        delivery.renewal.held.record("not served", str(failure), place=str(delivery.place), version=delivery.desired)
        delivery.save_state(replace(delivery.state, error=str(failure)))


def roll_back(failed: PlaceDelivery, stop: RolloutStopped) -> None:
    """Quarantine the version that is to blame, and deliver the one before.

    Raises RolloutStopped with the reason where no roll-back is possible, and what `deliver` raises.
    """
    if (why_not := why_not_rolled_back(failed)) is not None:
        raise RolloutStopped(f"{stop.reason} {why_not}", stop.remedy) from stop
    certificate, place, ports, verified = failed.certificate, failed.place, failed.ports, failed.state.verified
    assert verified is not None
    earlier = usable_version(certificate, verified.version, ports)
    if earlier is None:
        raise RolloutStopped(
            f"{stop.reason} There is no way back: "
            f"version {verified.version} has expired, or is gone or disabled in vault "
            f"{certificate.vault}. Version {failed.desired.version} stays.",
            stop.remedy,
        ) from stop
    renewal, version = failed.renewal, failed.desired.version
    log.error("%s at %s: %s Going back to version %s.", certificate.name, place, stop.reason, earlier.version)
    renewal.held.record("quarantine", stop.reason, place=str(place), version=failed.desired)
    renewal.held.record("rollback", "going back to this version", place=str(place), version=earlier)
    after = quarantine_version(renewal.journal, version, place, stop.reason, renewal.places, ports.clock.now())
    renewal.held.save(after)
    deliver(replace(failed, desired=earlier))


def why_not_rolled_back(failed: PlaceDelivery) -> str | None:
    """Say why we cannot roll the place back; None where we can."""
    if failed.place.relay.sync == "none":
        return "Somebody else brings the files: to go back, import the version before into the vault again."
    if failed.state.verified is None:
        return "No version was served here before."
    return None


def record_public_endpoints(renewal: Renewal, stored: StoredVersion) -> None:
    """Record the state of the public endpoints if it has changed. They hold nothing up."""
    faults = observe_public_endpoints(renewal.certificate, stored, renewal.journal, renewal.pauses, renewal.ports)
    for endpoint, fault in faults.items():
        log.error("%s: %s: %s", renewal.certificate.name, endpoint, fault)
    if faults != renewal.journal.public_endpoints:
        renewal.held.save(replace(renewal.journal, public_endpoints=faults))
