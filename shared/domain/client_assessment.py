"""What one observation of an SMTP client means: is its password made, written and accepted, and what is to be done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.client_observation import AnyClientPlaceObservation, ClientObservation, ClientPlaceObservation
from shared.domain.client_steps import (
    ClientStep,
    ClientStepReason,
    LeftToOthers,
    Proven,
    WriteFile,
    next_client_step,
)
from shared.domain.clients.client_journal import ClientPlaceState
from shared.domain.findings import AnyFinding
from shared.domain.holds import Hold, HoldReason, planned_hold, settle_after
from shared.domain.object_ref import client_ref
from shared.domain.serving.place_observation import ExpectedOffline, OfflineReason, Pod, Unreachable, UnreachableReason
from shared.inventory import Place
from shared.inventory.clients import Client

ALLOWANCE = timedelta(days=30)
"""How long after its rotation is due a password that we made expires."""

ClientActionReason = (
    ClientStepReason
    | UnreachableReason
    | Literal[
        "PasswordMissing", "NotRecorded", "ErrorOver", "ObserveOnly", "Requested", "NextAttemptLater", "ClientsLost"
    ]
)

ClientFindingReason = ClientActionReason | HoldReason | OfflineReason


ClientFinding = AnyFinding[ClientFindingReason]


@dataclass(frozen=True, slots=True)
class ClientPlaceAssessment:
    """One client at one place.

    `step` is the next one; None where the place was not observed, or there is no password. `hold` forbids it now.
    `action` is what a tick would do or record; None where nothing is to be done, or it is held.
    """

    there: AnyClientPlaceObservation
    step: ClientStep | None = None
    hold: Hold | None = None
    action: ClientFinding | None = None

    @property
    def waits_to_settle(self) -> bool:
        """Whether the place waits for its turn: an attempt comes back for it when the other cluster has settled."""
        return self.hold is not None and self.hold.reason == "HeldBySettle"


@dataclass(frozen=True, slots=True)
class ClientAssessment:
    """What an observation of a client means."""

    observation: ClientObservation
    places: Mapping[Place, ClientPlaceAssessment] = field(default_factory=dict)
    actions: tuple[ClientFinding, ...] = ()

    @property
    def client(self) -> Client:
        return self.observation.client

    @property
    def calls_for_work(self) -> bool:
        """Whether an attempt is to be made: something is to be done, or a place waits until another has settled."""
        return bool(self.actions) or any(assessed.waits_to_settle for assessed in self.places.values())


def assess_client(observation: ClientObservation) -> ClientAssessment:
    """Return what the observation means at the moment at which it was made."""
    journal = observation.active_journal
    places = {place: assess_client_place(observation, place, there) for place, there in observation.places.items()}
    actions = [found for assessed in places.values() if (found := assessed.action) is not None]
    if (missing := missing_password(observation)) is not None:
        actions.insert(0, missing)
    if not actions and (journal.attempt.error or journal.attempt.next_attempt or is_to_be_handed_out(observation)):
        actions.append(ClientFinding("NotRecorded", "all done, not yet recorded"))
    return ClientAssessment(observation, places, tuple(actions))


def missing_password(observation: ClientObservation) -> ClientFinding | None:
    """Say that the vault has no password; not of a probe client, which gets one with each file."""
    client = observation.client
    if observation.stored is not None or observation.is_probe or observation.read_errors:
        return None
    message = f"the vault has no secret {client.vault}/{client.secret}"
    return ClientFinding("PasswordMissing", message)


def is_to_be_handed_out(observation: ClientObservation) -> bool:
    """Say whether a password of ours is accepted everywhere, and the journal does not say yet that it is in use."""
    stored, journal = observation.stored, observation.active_journal
    if observation.is_probe or stored is None or not journal.may_log_in(stored.version):
        return False
    states = [journal.at(str(place)) for place in observation.places]
    return all(state.accepted is not None and state.accepted.version == stored.version for state in states)


def assess_client_place(
    observation: ClientObservation, place: Place, there: AnyClientPlaceObservation
) -> ClientPlaceAssessment:
    """Return what is to be done at a place, of which `there` is seen, for the newest version."""
    state = observation.active_journal.at(str(place))
    if isinstance(there, Unreachable):
        known = there.message == state.error
        return ClientPlaceAssessment(there, action=None if known else ClientFinding(there.reason, there.message, place))
    if isinstance(there, ExpectedOffline) or (observation.stored is None and not observation.is_probe):
        return ClientPlaceAssessment(there, action=error_over(state, place))
    step = next_client_step(observation, place, there)
    hold = hold_of_client_step(observation, place, step)
    action = action_of(step, place, there, state) if hold is None else error_over(state, place)
    return ClientPlaceAssessment(there, step, hold, action)


def error_over(state: ClientPlaceState, place: Place) -> ClientFinding | None:
    return ClientFinding("ErrorOver", "its last error is over", place) if state.error is not None else None


def action_of(
    step: ClientStep, place: Place, there: ClientPlaceObservation, state: ClientPlaceState
) -> ClientFinding | None:
    match step:
        case Proven() if is_recorded(step, state, there.workload.pods):
            return None
        case Proven():
            return ClientFinding("NotRecorded", f"{step.message}, not yet recorded", place)
        case LeftToOthers() if state.error == (step.message if step.is_failure else None):
            return None
    return ClientFinding(step.reason, step.message, place)


def is_recorded(step: Proven, state: ClientPlaceState, pods: Collection[Pod]) -> bool:
    proven = state.accepted is not None and state.accepted.holds_for(step.version, pods)
    return proven and state.progress is None and state.error is None


def hold_of_client_step(observation: ClientObservation, place: Place, step: ClientStep) -> Hold | None:
    """Return what forbids a step now. Only writing a file can be held."""
    if not isinstance(step, WriteFile):
        return None
    hold = planned_hold(client_ref(observation.client.name), place, observation.pauses, observation.at)
    hold = hold or client_settle_hold(observation, place)
    return Hold(hold.reason, f"{step.message}; {hold.message}", hold.until, hold.by) if hold is not None else None


def client_settle_hold(observation: ClientObservation, place: Place) -> Hold | None:
    """Return the hold while a cluster of the relay has accepted a version that is new here for less than `settle`."""
    if observation.stored is None or observation.is_probe:
        return None
    version, relay, journal = observation.stored.version, place.relay, observation.active_journal
    here = journal.at(str(place)).accepted
    if here is not None and here.version == version:
        return None
    others = [f"{relay.name}@{cluster}" for cluster in relay.clusters if cluster != place.cluster]
    proofs = [journal.at(other).accepted for other in others]
    moments = (proof.at for proof in proofs if proof is not None and proof.version == version)
    return settle_after(moments, place, observation.at)


def password_expiry(client: Client, now: datetime) -> datetime | None:
    """Return when a password that is made now expires: ALLOWANCE after its rotation is due; never without `max_age`."""
    return None if client.max_age is None else now + client.max_age + ALLOWANCE
