"""One version on its way to one place, under the certificate's lease, and how that ends."""

from dataclasses import dataclass, replace

from shared.domain.certificates.certificate import StoredVersion, Version
from shared.domain.quarantine import quarantine_of, verified_versions
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import PlaceState, VerifiedVersion
from shared.domain.serving.served import all_serve
from shared.domain.serving.tls_secret import read_annotation
from shared.errors import RelaykeeperError
from shared.inventory import Certificate, Place
from shared.ports import Ports
from shared.workflows.observe import observe_full
from shared.workflows.renewal import Renewal


@dataclass(frozen=True, slots=True)
class PlaceDelivery:
    """A version to be brought to a place, under the certificate's lease."""

    renewal: Renewal
    wanted: StoredVersion
    place: Place

    @property
    def certificate(self) -> Certificate:
        return self.renewal.certificate

    @property
    def ports(self) -> Ports:
        return self.renewal.ports

    @property
    def record(self) -> PlaceState:
        return self.renewal.journal.at(str(self.place))

    def note(self, record: PlaceState) -> None:
        self.renewal.held.save(self.renewal.journal.with_place(str(self.place), record))


def clear_error(errand: PlaceDelivery) -> None:
    """Strike out why the last attempt failed, because this one did not."""
    if errand.record.error is not None:
        errand.note(replace(errand.record, error=None))


class RolloutStopped(RelaykeeperError):
    """The replicas of a place do not serve the version: no later place may get it.

    `reason` says what they do instead, `way_out` what a person can do about it.
    """

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(f"{reason} {way_out}")
        self.reason = reason
        self.way_out = way_out


def recover_previous_version(errand: PlaceDelivery, seen: PlaceObservation) -> None:
    """Where the journal was lost: take the Secret's and the replicas' word for the version that they hold and serve."""
    said = read_annotation(errand.certificate.name, seen.secret) if seen.secret is not None else None
    if said is None or errand.record.proof is not None or said.version == errand.wanted.version:
        return
    if not (seen.pods and all_serve(said.thumbprint, seen)):
        return
    whole = observe_full(errand.certificate, errand.wanted, errand.place, errand.ports)
    if all_serve(said.thumbprint, whole):
        proof = VerifiedVersion(said.version, said.thumbprint, len(seen.pods), errand.ports.clock.now())
        errand.note(replace(errand.record, proof=proof))


def mark_verified(errand: PlaceDelivery, replicas: int) -> None:
    """Write down that every replica serves it, and since when; without replicas nothing is proven."""
    record, wanted, now = errand.record, errand.wanted, errand.ports.clock.now()
    after = replace(record, delivery=None, error=None)
    if replicas and record.proof is not None and record.proof.version == wanted.version:
        after = replace(after, proof=replace(record.proof, replicas=replicas))
    elif replicas:
        outcome = f"served by every replica, of which there are {replicas}"
        errand.renewal.held.record("served", outcome, place=str(errand.place), stored=wanted)
        proof = VerifiedVersion(wanted.version, wanted.leaf.thumbprint, replicas, now)
        after = replace(after, proof=proof, before=previous_delivered(errand))
    errand.note(after)


def previous_delivered(errand: PlaceDelivery) -> Version | None:
    """Return the version to go back to from the one that is proven now: not one that is in quarantine itself."""
    journal = errand.renewal.journal
    others = (version for version in verified_versions(errand.record) if version != errand.wanted.version)
    return next((each for each in others if quarantine_of(journal, errand.place, each) is None), None)
