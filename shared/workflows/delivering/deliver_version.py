"""Deliver a certificate's version to every place that is to serve it."""

import logging
from dataclasses import replace

from shared.domain.assessment import Assessment
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.holds import expected_offline
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.place_assessment import is_new_version, missing_from_secret, settle_hold
from shared.domain.quarantine import without_superseded
from shared.domain.serving.place_observation import ExpectedOffline, Unreachable
from shared.domain.sources import endpoints_source
from shared.errors import NotYet, PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Place
from shared.log_context import step
from shared.workflows.delivering.deliver import deliver
from shared.workflows.delivering.place_delivery import PlaceDelivery, RolloutStopped, clear_error, record_failure
from shared.workflows.delivering.roll_back import on_rollout_stopped
from shared.workflows.delivering.stages import deliver_in_stages, wait_to_settle
from shared.workflows.lease import Leased
from shared.workflows.observe import probe_public_endpoints, usable_version, version_to_serve
from shared.workflows.renewal_context import Renewal

log = logging.getLogger("relaykeeper.deliver")


def deliver_version(renewal: Renewal, stored: StoredVersion, assessment: Assessment) -> None:
    """Deliver where `assessment` says that something is to be done, or where it knows nothing of `stored` yet.

    A place that does not serve the version stops its relay's line: no later place gets it that was not proven to serve
    it before. A place that cannot be reached, or whose Secret is not ours, is skipped and tried again on the next tick.
    Raises NotYet, once every relay was tried, if one of them needs more time.
    """
    lift_superseded_quarantine(stored, renewal.held)
    unfinished: NotYet | None = None
    try:
        deliver_in_stages(renewal.places, lambda place, stopped: take_turn(renewal, stored, place, stopped, assessment))
    except NotYet as wait:
        unfinished = wait
    record_public_endpoints(renewal, stored)
    if unfinished is not None:
        raise unfinished


def lift_superseded_quarantine(stored: StoredVersion, held: Leased[Journal]) -> None:
    """Lift the quarantine of every version but the newest."""
    kept = without_superseded(held.journal, stored.version)
    if kept != held.journal:
        held.save(kept)


def take_turn(
    renewal: Renewal, stored: StoredVersion, place: Place, stopped: bool, assessment: Assessment
) -> bool | NotYet:
    """Deliver to a place what it is to serve; see `TakeTurn`. A failure is recorded there, and the line goes on."""
    try:
        with guard(f"delivering {renewal.certificate.name} to {place}"):
            desired = version_to_serve(renewal.certificate, stored, place, renewal.journal, renewal.ports)
            if desired is None or (assessment.observation.stored == stored and is_done(place, assessment)):
                return True
            delivery = PlaceDelivery(renewal, desired, place)
            settles = settle_wait(delivery) if desired == stored else None
            if is_new_version(desired, place, renewal.journal) and (stopped or settles is not None):
                repair_previous(delivery, assessment.observation)
                return settles or True
            return deliver_place(delivery)
    except (TransientError, PermanentError) as failure:
        record_failure(PlaceDelivery(renewal, stored, place), failure)
        return True


def is_done(place: Place, assessment: Assessment) -> bool:
    """Say whether nothing is left to do at a place. It is not done while it waits for another cluster to settle.

    A place that was left out of the look is done if it was proven last time.
    """
    assessed = assessment.places.get(place)
    if assessed is None:
        state, desired = assessment.observation.journal.at(str(place)), assessment.observation.desired(place)
        proven = state.verified is not None and desired is not None and state.verified.version == desired.version
        return proven and state.progress is None and state.error is None
    return assessed.action is None and not assessed.waits_to_settle


def settle_wait(delivery: PlaceDelivery) -> NotYet | None:
    """Return the wait for a cluster of the relay that has served the version for less than the relay's `settle`."""
    now = delivery.ports.clock.now()
    if (hold := settle_hold(delivery.desired, delivery.place, delivery.renewal.journal, now)) is None:
        return None
    return wait_to_settle(delivery.place, hold, now)


def repair_previous(delivery: PlaceDelivery, observation: Observation) -> None:
    """Write the version that the place served last again, if its Secret lacks it, while the newest must still wait."""
    place, verified, ports = delivery.place, delivery.state.verified, delivery.ports
    there = observation.places.get(place)
    if verified is None or isinstance(there, ExpectedOffline | Unreachable):
        return
    name, namespace = place.relay.serving(delivery.certificate.name).secret, place.relay.workload.namespace
    assert name is not None, "only with sync secret is anything new"
    secret = there.secret if there is not None else ports.clusters.secret(place.cluster, namespace, name)
    earlier = usable_version(delivery.certificate, verified.version, ports)
    if earlier is not None and missing_from_secret(delivery.certificate, earlier, place, secret) is not None:
        deliver_place(replace(delivery, desired=earlier))


def deliver_place(delivery: PlaceDelivery) -> bool:
    """Deliver to a place; say whether the line may go on."""
    with step(place=str(delivery.place)):
        try:
            with guard(f"delivering {delivery.certificate.name} to {delivery.place}"):
                deliver(delivery)
        except RolloutStopped as stop:
            return on_rollout_stopped(stop, delivery)
        except (TransientError, PermanentError) as failure:
            offline = expected_offline(delivery.place, delivery.renewal.pauses, delivery.ports.clock.now())
            if offline is not None and isinstance(failure, TransientError):
                log.info("%s at %s: %s: %s", delivery.certificate.name, delivery.place, offline.message, failure)
                clear_error(delivery)
            else:
                record_failure(delivery, failure)
    return True


def record_public_endpoints(renewal: Renewal, stored: StoredVersion) -> None:
    """Record the state of the public endpoints if it has changed. They hold nothing up."""
    certificate, ports = renewal.certificate, renewal.ports
    try:
        with guard(f"looking at the {endpoints_source(certificate.name)}"):
            faults = probe_public_endpoints(certificate, stored, renewal.journal, renewal.pauses, ports)
    except (TransientError, PermanentError) as failure:
        log.warning("%s: %s", certificate.name, failure)
        return
    for endpoint, fault in faults.items():
        log.error("%s: %s: %s", certificate.name, endpoint, fault)
    if faults != renewal.journal.public_endpoints:
        renewal.held.save(replace(renewal.journal, public_endpoints=faults))
