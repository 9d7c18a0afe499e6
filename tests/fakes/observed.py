"""What a watch may have seen, with good defaults: every replica of the fleet's places serves a fresh certificate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from shared.domain.assessment import Assessment, assess
from shared.domain.certificates.certificate import StoredVersion, leaf_of
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.report import FleetReport
from shared.domain.serving.place_observation import (
    AnyPlaceObservation,
    PlaceObservation,
    Pod,
    Rollout,
    WorkloadObservation,
)
from shared.domain.serving.probe import Probe, ProbeResult
from shared.inventory import Inventory, Place
from tests.fakes.inventory import HOST, NAME, NOW
from tests.fakes.leaves import LIFETIME, Signer, stored

KEY = ec.generate_private_key(ec.SECP256R1())
SIGNER = Signer("Alerts Test Root")


@cache
def leaf_der(begins: datetime = NOW, lifetime: timedelta = LIFETIME, names: tuple[str, ...] = (HOST,)) -> bytes:
    """Return a leaf for these names."""
    leaf = SIGNER.issue(KEY.public_key(), *names, begins=begins, lifetime=lifetime)
    return leaf.public_bytes(Encoding.DER)


def stored_as(der: bytes) -> StoredVersion:
    """Return the stored version that has this leaf."""
    return stored(leaf_of(x509.load_der_x509_certificate(der)))


def showing(*shown: bytes | str) -> PlaceObservation:
    """Return a place whose replicas present these leaves, or fail with these words."""
    names = [f"mailrelay-{number}" for number in range(len(shown))]
    pods = tuple(Pod(name, f"10.0.0.{number}", ready=True) for number, name in enumerate(names))
    workload = WorkloadObservation(pods, Rollout(len(shown), done=True, message="rolled out"))
    return PlaceObservation(workload, None, tuple(map(answer, names, shown)))


def answer(pod: str, shown: bytes | str) -> ProbeResult:
    question = Probe(pod, "10.0.0.1", 25, HOST)
    if isinstance(shown, str):
        return ProbeResult(question, None, shown)
    return ProbeResult(question, leaf_of(x509.load_der_x509_certificate(shown)).thumbprint, chain=(shown,))


def observations(
    inventory: Inventory,
    there: AnyPlaceObservation | Mapping[str, AnyPlaceObservation],
    version: StoredVersion | None,
    journal: Journal | None = None,
    blind: Mapping[str, str] | None = None,
) -> FleetReport:
    """Return what was seen of the first certificate, the same at each place unless given by cluster."""
    places: Sequence[Place] = inventory.places(NAME)
    seen = {place: there[place.cluster] if isinstance(there, Mapping) else there for place in places}
    certificate = inventory.certificates[NAME]
    observation = Observation(certificate, NOW, journal or Journal(), version, seen, read_errors=blind or {})
    return FleetReport((assess(observation),))


def changed(assessment: Assessment, **changes: object) -> Assessment:
    """Return what the same observation means with some of its fields changed."""
    return assess(replace(assessment.observation, **changes))  # type: ignore[arg-type]


def seen_at(report: FleetReport, now: datetime) -> FleetReport:
    """Return the report as if the same had been observed then."""
    return replace(report, certificates=tuple(changed(each, at=now) for each in report.certificates))
