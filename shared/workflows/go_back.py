"""Put the version before back where the new one is not served."""

import logging
from dataclasses import replace

from shared.domain.quarantine import condemned
from shared.workflows.chronicle import Deed, chronicle
from shared.workflows.deliver import deliver
from shared.workflows.errand import Errand, LineStopped
from shared.workflows.look import still_good

log = logging.getLogger("relaykeeper.deliver")


def go_back(failed: Errand, stop: LineStopped) -> None:
    """Quarantine the version that is to blame, and deliver the one before.

    Raises LineStopped with the reason where there is no going back, and all that `deliver` raises.
    """
    if (why_not := why_it_stays(failed)) is not None:
        raise LineStopped(f"{stop.reason} {why_not}", stop.way_out) from stop
    certificate, place, ports, proof = failed.certificate, failed.place, failed.ports, failed.record.proof
    assert proof is not None
    earlier = still_good(certificate, proof.version, ports)
    if earlier is None:
        raise LineStopped(
            f"{stop.reason} There is no way back: version {proof.version} has expired, or is gone or disabled in vault "
            f"{certificate.vault}. Version {failed.wanted.version} stays.",
            stop.way_out,
        ) from stop
    places, version = ports.inventory.places(certificate.name), failed.wanted.version
    log.error("%s at %s: %s Going back to version %s.", certificate.name, place, stop.reason, earlier.version)
    chronicle(Deed("quarantine", stop.reason, certificate.name, str(place), failed.wanted), ports)
    chronicle(Deed("rollback", "going back to this version", certificate.name, str(place), earlier), ports)
    failed.lease.write(condemned(failed.lease.journal, version, place, stop.reason, places, ports.clock.now()))
    deliver(replace(failed, wanted=earlier))


def why_it_stays(failed: Errand) -> str | None:
    """Say why there is nothing to go back to by our hand; None where there is."""
    if failed.place.relay.sync == "none":
        return "Somebody else brings the files: to go back, import the version before into the vault again."
    if failed.record.proof is None:
        return "No version was served here before."
    return None
