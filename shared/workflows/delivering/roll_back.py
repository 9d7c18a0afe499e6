"""Go back to the version before where the replicas of a place do not serve a new one."""

import logging
from dataclasses import replace

from shared.domain.quarantine import (
    NoRollback,
    earlier_versions,
    quarantine_version,
    why_not_at_fault,
    why_not_rolled_back,
)
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.workflows.delivering.deliver import deliver
from shared.workflows.delivering.place_delivery import PlaceDelivery, RolloutStopped, record_failure
from shared.workflows.observe import usable_version

log = logging.getLogger("relaykeeper.deliver")


def on_rollout_stopped(stop: RolloutStopped, delivery: PlaceDelivery) -> bool:
    """Roll the place back if the version is to blame; say whether the line may go on.

    It may go on past a place with troubles of its own, but not where no place of the relay ever served a version.
    """
    if (blameless := why_not_at_fault(delivery.state, delivery.desired.version)) is not None:
        record_failure(delivery, without_rollback(stop, blameless))
        places = delivery.renewal.places
        return bool(earlier_versions(delivery.renewal.journal, delivery.place, delivery.desired.version, places))
    try:
        with guard(f"going back to the version before of {delivery.certificate.name} at {delivery.place}"):
            roll_back(delivery, stop)
    except (RolloutStopped, TransientError, PermanentError) as failure:
        record_failure(delivery, failure)
    return False


def roll_back(failed: PlaceDelivery, stop: RolloutStopped) -> None:
    """Quarantine the version that is to blame, and deliver the one before.

    Raises RolloutStopped with the reason where no roll-back is possible, and what `deliver` raises.
    """
    if (why_not := why_not_rolled_back(failed.place, failed.state)) is not None:
        raise without_rollback(stop, why_not) from stop
    certificate, place, ports, verified = failed.certificate, failed.place, failed.ports, failed.state.verified
    assert verified is not None
    earlier = usable_version(certificate, verified.version, ports)
    if earlier is None:
        message = (
            f"There is no way back: version {verified.version} has expired, or is gone or disabled in vault "
            f"{certificate.vault}. Version {failed.desired.version} stays."
        )
        raise without_rollback(stop, NoRollback("NoEarlierVersion", message)) from stop
    renewal, version = failed.renewal, failed.desired.version
    log.error("%s at %s: %s Going back to version %s.", certificate.name, place, stop.message, earlier.version)
    renewal.held.record("quarantine", stop.message, place=str(place), version=failed.desired)
    renewal.held.record("rollback", "going back to this version", place=str(place), version=earlier)
    after = quarantine_version(
        renewal.journal, version, place, stop.reason, stop.message, renewal.places, ports.clock.now()
    )
    renewal.held.save(after)
    deliver(replace(failed, desired=earlier))


def without_rollback(stop: RolloutStopped, why_not: NoRollback) -> RolloutStopped:
    log.info("not rolled back: %s", why_not.reason)
    return RolloutStopped(stop.reason, f"{stop.message} {why_not.message}", stop.remedy)
