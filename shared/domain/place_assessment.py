"""What is to be done at one place: one decision, which plan, log, API, alerts and the delivery itself read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.certificates.certificate import StoredVersion, names_of
from shared.domain.holds import Hold, hold_of, pause_hold, settle_after
from shared.domain.journal import Journal
from shared.domain.object_ref import certificate_ref
from shared.domain.pauses import Pause
from shared.domain.quarantine import is_rolling_back
from shared.domain.serving.delivery import PlaceReason, Restart, Serving, Step, Write, next_step
from shared.domain.serving.place_observation import (
    AnyPlaceObservation,
    ExpectedOffline,
    PlaceObservation,
    SecretSnapshot,
    Unreachable,
    UnreachableReason,
)
from shared.domain.serving.place_state import DeliveryProgress, PlaceState
from shared.domain.serving.tls_secret import SecretDiff, annotated_version, secret_diff
from shared.inventory import Place
from shared.inventory.relays import Certificate, files_of

PlaceActionReason = PlaceReason | UnreachableReason | Literal["NotRecorded", "ErrorOver"]


@dataclass(frozen=True, slots=True)
class PlaceAction:
    """What a tick would do at a place, or record of it."""

    reason: PlaceActionReason
    message: str


@dataclass(frozen=True, slots=True)
class PlaceAssessment:
    """One certificate at one place.

    `lacks` says what the place's Secret lacks of the `desired` version. `step` is the next one of its delivery; None
    where the place was not observed, or nothing is desired. `hold` forbids that step now. `action` is what a tick would
    do or record: None where the place serves what it should and that is recorded, and where the step is held.
    """

    there: AnyPlaceObservation
    desired: StoredVersion | None
    lacks: SecretDiff | None = None
    step: Step | None = None
    hold: Hold | None = None
    action: PlaceAction | None = None

    @property
    def waits_to_settle(self) -> bool:
        """Whether the place waits for its turn: an attempt comes back for it when the other cluster has settled."""
        return self.hold is not None and self.hold.reason == "HeldBySettle"


def assess_place(
    certificate: Certificate,
    place: Place,
    there: AnyPlaceObservation,
    desired: StoredVersion | None,
    journal: Journal,
    pauses: tuple[Pause, ...],
    now: datetime,
    *,
    newest: bool,
) -> PlaceAssessment:
    """Return what is to be done at a place; `desired` is the version that it is to serve.

    `newest`: that is the newest version, which waits until another cluster has settled; going back does not.
    """
    state = journal.at(str(place))
    if isinstance(there, Unreachable):
        unreachable = PlaceAction(there.reason, there.message)
        return PlaceAssessment(there, desired, action=unreachable if there.message != state.error else None)
    if isinstance(there, ExpectedOffline) or desired is None:
        return PlaceAssessment(there, desired, action=error_over(state))
    lacks = missing_from_secret(certificate, desired, place, there.secret)
    step = step_of_delivery(certificate, desired, place, there, lacks, state, now)
    hold = hold_of_step(certificate, desired, place, there, step, journal, pauses, now)
    if hold is None and newest and isinstance(step, Write | Restart):
        hold = settle_hold(desired, place, journal, now)
    if hold is not None:
        action = error_over(state)
    elif isinstance(step, Serving):
        action = None if is_recorded(desired, there, state) else PlaceAction("NotRecorded", "served, not yet recorded")
    else:
        action = PlaceAction(step.reason, step.message)
    return PlaceAssessment(there, desired, lacks, step, hold, action)


def error_over(state: PlaceState) -> PlaceAction | None:
    return PlaceAction("ErrorOver", "its last error is over") if state.error is not None else None


def missing_from_secret(
    certificate: Certificate, desired: StoredVersion, place: Place, secret: SecretSnapshot | None
) -> SecretDiff | None:
    """Say what the place's Secret lacks of a version; nothing where somebody else brings the files."""
    if place.relay.sync == "none":
        return None
    hosts = names_of(desired.leaf, certificate.dns_names)
    files = files_of(place.relay, place.relay.serving(certificate.name), hosts, desired.version)
    return secret_diff(certificate.name, desired, files, secret)


def step_of_delivery(
    certificate: Certificate,
    desired: StoredVersion,
    place: Place,
    there: PlaceObservation,
    lacks: SecretDiff | None,
    state: PlaceState,
    now: datetime,
) -> Step:
    """Return the next step of the delivery that is under way, or would begin now."""
    progress = state.progress
    if progress is None or progress.version != desired.version:
        progress = DeliveryProgress(desired.version, now)
    secret = place.relay.serving(certificate.name).secret
    return next_step(desired.leaf.thumbprint, lacks, there, progress, place, secret, now)


def hold_of_step(
    certificate: Certificate,
    desired: StoredVersion,
    place: Place,
    there: PlaceObservation,
    step: Step,
    journal: Journal,
    pauses: tuple[Pause, ...],
    now: datetime,
) -> Hold | None:
    """Return what forbids a step now. Only a write or a restart can be held, and a rollback by a pause only."""
    if not isinstance(step, Write | Restart):
        return None
    held = annotated_version(certificate.name, there.secret)
    if is_rolling_back(journal, place, desired.version, held):
        hold = pause_hold(certificate_ref(certificate.name), place, pauses)
    else:
        hold = hold_of(certificate_ref(certificate.name), place, there, pauses, now)
    return Hold(hold.reason, f"{step.message}; {hold.message}", hold.until, hold.by) if hold is not None else None


def settle_hold(desired: StoredVersion, place: Place, journal: Journal, now: datetime) -> Hold | None:
    """Return the hold while a cluster of the relay has served a version that is new here for less than `settle`."""
    relay = place.relay
    if not is_new_version(desired, place, journal):
        return None
    proofs = [journal.at(f"{relay.name}@{cluster}").verified for cluster in relay.clusters]
    return settle_after((v.at for v in proofs if v is not None and v.version == desired.version), place, now)


def is_new_version(desired: StoredVersion, place: Place, journal: Journal) -> bool:
    """Say whether the place is to be given another version than was proven there last; else it is repaired."""
    verified = journal.at(str(place)).verified
    return place.relay.sync == "secret" and (verified is None or verified.version != desired.version)


def is_recorded(desired: StoredVersion, there: PlaceObservation, state: PlaceState) -> bool:
    """Say whether the state records what is observed; without any replica there is nothing to record."""
    verified, pods = state.verified, there.workload.pods
    proven = verified is not None and verified.version == desired.version and verified.replicas == len(pods)
    return (proven or not pods) and state.progress is None and state.error is None
