"""One version on its way to one place, under the certificate's lease, and how that ends."""

import logging
from dataclasses import dataclass, replace

from shared.domain.certificates.certificate import StoredVersion
from shared.domain.object_ref import Version
from shared.domain.quarantine import quarantine_of, verified_versions
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import PlaceState, ReplicaFault, VerifiedVersion
from shared.domain.serving.served import all_serve
from shared.domain.serving.tls_secret import read_annotation
from shared.errors import RelaykeeperError
from shared.inventory import Place
from shared.inventory.relays import Certificate
from shared.ports import Ports
from shared.workflows.observe_place import full_look
from shared.workflows.renewal_context import Renewal

log = logging.getLogger("relaykeeper.deliver")


@dataclass(frozen=True, slots=True)
class PlaceDelivery:
    """A version to be brought to a place, under the certificate's lease."""

    renewal: Renewal
    desired: StoredVersion
    place: Place

    @property
    def certificate(self) -> Certificate:
        return self.renewal.certificate

    @property
    def ports(self) -> Ports:
        return self.renewal.ports

    @property
    def state(self) -> PlaceState:
        return self.renewal.journal.at(str(self.place))

    def save_state(self, state: PlaceState) -> None:
        self.renewal.held.save(self.renewal.journal.with_place(str(self.place), state))


def clear_error(delivery: PlaceDelivery) -> None:
    """Delete the error of the last attempt, because this one did not fail."""
    if delivery.state.error is not None:
        delivery.save_state(replace(delivery.state, error=None))


def record_failure(delivery: PlaceDelivery, failure: Exception) -> None:
    log.error("%s at %s: %s", delivery.certificate.name, delivery.place, failure)
    if delivery.state.error != str(failure):
        delivery.renewal.held.record("not served", str(failure), place=str(delivery.place), version=delivery.desired)
        delivery.save_state(replace(delivery.state, error=str(failure)))


class RolloutStopped(RelaykeeperError):
    """The replicas of a place do not serve the version: no later place may get it.

    `reason` and `message` say what they do instead, `remedy` what a person can do about it.
    """

    def __init__(self, reason: ReplicaFault, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.reason = reason
        self.message = message
        self.remedy = remedy


def recover_previous_version(delivery: PlaceDelivery, observation: PlaceObservation) -> None:
    """Where the journal was lost: record as proven the version that the Secret names, if all replicas serve it."""
    said = read_annotation(delivery.certificate.name, observation.secret) if observation.secret is not None else None
    if said is None or delivery.state.verified is not None or said.version == delivery.desired.version:
        return
    replicas = len(observation.workload.pods)
    if not (replicas and all_serve(said.thumbprint, observation)):
        return
    whole = full_look(delivery.certificate, delivery.desired, delivery.place, delivery.ports)
    if all_serve(said.thumbprint, whole):
        verified = VerifiedVersion(said.version, said.thumbprint, replicas, delivery.ports.clock.now())
        delivery.save_state(replace(delivery.state, verified=verified))


def mark_verified(delivery: PlaceDelivery, replicas: int) -> None:
    """Record that every replica serves it, and since when; without replicas nothing is proven."""
    state, wanted, now = delivery.state, delivery.desired, delivery.ports.clock.now()
    after = replace(state, progress=None, error=None)
    if replicas and state.verified is not None and state.verified.version == wanted.version:
        after = replace(after, verified=replace(state.verified, replicas=replicas))
    elif replicas:
        outcome = f"served by every replica, of which there are {replicas}"
        delivery.renewal.held.record("served", outcome, place=str(delivery.place), version=wanted)
        verified = VerifiedVersion(wanted.version, wanted.leaf.thumbprint, replicas, now)
        after = replace(after, verified=verified, previous=previous_delivered(delivery))
    delivery.save_state(after)


def previous_delivered(delivery: PlaceDelivery) -> Version | None:
    """Return the version to go back to from the one that is proven now: not one that is in quarantine itself."""
    journal = delivery.renewal.journal
    others = (version for version in verified_versions(delivery.state) if version != delivery.desired.version)
    return next((each for each in others if quarantine_of(journal, delivery.place, each) is None), None)
