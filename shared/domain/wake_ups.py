"""What a watch observed that a worker can repair at once: the watch changes nothing, it sends a message."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.domain.assessment import missing_from_secret, step_at
from shared.domain.holds import Hold
from shared.domain.object_ref import ObjectRef, certificate_ref
from shared.domain.report import CertificateReport
from shared.domain.serving.place_observation import PlaceObservation, SecretSnapshot
from shared.domain.serving.secret_ownership import secret_refusal
from shared.inventory import Place

Repairs = Mapping[str, Mapping[str, str]]
"""What Secrets lack and a worker may write: by certificate, then by `relay@cluster`."""


def next_repairs(before: Repairs, reports: Iterable[CertificateReport], now: datetime) -> Repairs:
    """Return what Secrets lack now. What was not observed, or is being worked on, stays as it was `before`."""
    fleet = tuple(reports)
    found = {
        each.certificate.name: repairs_of(each, before.get(each.certificate.name, {}), fleet, now) for each in fleet
    }
    return {certificate: places for certificate, places in found.items() if places}


def repairs_of(
    report: CertificateReport, before: Mapping[str, str], fleet: Iterable[CertificateReport], now: datetime
) -> dict[str, str]:
    if report.read_errors or report.observation.journal.attempt.is_waiting(now):
        return dict(before)
    after: dict[str, str] = {}
    for place, there in report.observation.places.items():
        if not isinstance(there, PlaceObservation):
            after |= {str(place): before[str(place)]} if str(place) in before else {}
        elif (lacks := repair_at(report, place, there, fleet, now)) is not None:
            after[str(place)] = lacks
    return after


def repair_at(
    report: CertificateReport, place: Place, there: PlaceObservation, fleet: Iterable[CertificateReport], now: datetime
) -> str | None:
    """Say what a place's Secret lacks; None where it lacks nothing, is held or paused, or is not ours to write."""
    observation, certificate = report.observation, report.certificate
    wanted = observation.desired(place)
    if wanted is None or certificate.mode != "manage":
        return None
    lacks = missing_from_secret(certificate, wanted, place, there.secret)
    if lacks is None or isinstance(step_at(certificate, wanted, place, there, observation, now), Hold):
        return None
    return lacks.message if why_worker_refuses(certificate.name, place, there.secret, fleet) is None else None


def why_worker_refuses(
    certificate: str, place: Place, secret: SecretSnapshot | None, fleet: Iterable[CertificateReport]
) -> str | None:
    """Say why a worker would not write the Secret; None where it would.

    The journals of all certificates in the Secret say from which managers it was adopted.
    """
    if secret is None:
        return None
    in_secret = {serves.certificate for serves in place.relay.serves if serves.secret == place.serves.secret}
    states = [each.observation.journal.at(str(place)) for each in fleet if each.certificate.name in in_secret]
    adopted = frozenset(state.adopted for state in states if state.adopted is not None)
    return secret_refusal(certificate, place, secret, adopted)


def causes_to_wake(before: Repairs, after: Repairs) -> dict[ObjectRef, str]:
    """Return the certificates that need a worker, each with the first change that was observed.

    Each change wakes once: a place that cannot be repaired does not wake a worker at every watch.
    """
    causes: dict[ObjectRef, str] = {}
    for certificate, places in after.items():
        known = before.get(certificate, {})
        if (new := next((place for place in places if places[place] != known.get(place)), None)) is not None:
            causes[certificate_ref(certificate)] = f"the watch saw at {new}: {places[new]}"
    return causes
