"""Go back to the version before where the replicas of a place do not serve a new one."""

import logging
from dataclasses import replace

from shared.domain.quarantine import earlier_versions, quarantine_version, why_not_at_fault
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
        record_failure(delivery, RolloutStopped(f"{stop.reason} {blameless}", stop.remedy))
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
