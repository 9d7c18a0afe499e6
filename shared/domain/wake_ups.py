"""What a watch observed that a worker can repair at once: the watch changes nothing, it sends a message."""

from collections.abc import Callable, Iterable, Mapping

from shared.domain.assessment import Assessment
from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.client_steps import WriteFile
from shared.domain.object_ref import ObjectRef
from shared.domain.report import secret_refusal_at
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.secret_ownership import clients_secret_refusal
from shared.inventory import Place

Repairs = Mapping[str, Mapping[str, str]]
"""What Secrets lack and a worker may write: by certificate, then by `relay@cluster`."""


def next_repairs(before: Repairs, assessments: Iterable[Assessment]) -> Repairs:
    """Return what Secrets lack now. What was not observed, or is being worked on, stays as it was `before`."""
    fleet = tuple(assessments)
    found = {each.certificate.name: repairs_of(each, before.get(each.certificate.name, {}), fleet) for each in fleet}
    return {certificate: places for certificate, places in found.items() if places}


def repairs_of(assessment: Assessment, before: Mapping[str, str], fleet: Iterable[Assessment]) -> dict[str, str]:
    return lacks_by_place(assessment, before, lambda place: repair_at(assessment, place, fleet))


def lacks_by_place(
    assessment: Assessment | ClientAssessment, before: Mapping[str, str], repair: Callable[[Place], str | None]
) -> dict[str, str]:
    """Return what each place lacks, as `repair` says of one that was observed."""
    observation = assessment.observation
    if observation.read_errors or observation.journal.attempt.is_waiting(observation.at):
        return dict(before)
    after: dict[str, str] = {}
    for place, assessed in assessment.places.items():
        if isinstance(assessed.there, ExpectedOffline | Unreachable):
            after |= {str(place): before[str(place)]} if str(place) in before else {}
        elif (lacks := repair(place)) is not None:
            after[str(place)] = lacks
    return after


def repair_at(assessment: Assessment, place: Place, fleet: Iterable[Assessment]) -> str | None:
    """Say what a place's Secret lacks; None where it lacks nothing, is held or paused, or is not ours to write."""
    assessed = assessment.places[place]
    there, held = assessed.there, assessed.hold is not None and not assessed.waits_to_settle
    if assessment.certificate.mode != "manage" or assessed.lacks is None or held:
        return None
    secret = there.secret if isinstance(there, PlaceObservation) else None
    refused = secret_refusal_at(assessment.certificate.name, place, secret, fleet)
    return assessed.lacks.message if refused is None else None


def next_client_repairs(before: Repairs, clients: Iterable[ClientAssessment]) -> Repairs:
    """Return what the files of clients lack now, by client, then by `relay@cluster`; as `next_repairs` does."""
    found = {each.client.name: client_repairs_of(each, before.get(each.client.name, {})) for each in clients}
    return {client: places for client, places in found.items() if places}


def client_repairs_of(assessment: ClientAssessment, before: Mapping[str, str]) -> dict[str, str]:
    return lacks_by_place(assessment, before, lambda place: client_repair_at(assessment, place))


def client_repair_at(assessment: ClientAssessment, place: Place) -> str | None:
    """Say what a client's file lacks; None where it lacks nothing, is held or paused, or is not ours to write."""
    assessed = assessment.places[place]
    there, held = assessed.there, assessed.hold is not None and not assessed.waits_to_settle
    if assessment.client.mode != "manage" or held or not isinstance(assessed.step, WriteFile):
        return None
    secret = there.secret if isinstance(there, ClientPlaceObservation) else None
    if secret is not None and clients_secret_refusal(assessment.client.name, place, secret) is not None:
        return None
    return assessed.step.message


def causes_to_wake(before: Repairs, after: Repairs, ref: Callable[[str], ObjectRef]) -> dict[ObjectRef, str]:
    """Return the objects that need a worker, each with the first change that was observed; `ref` names them.

    Each change wakes once: a place that cannot be repaired does not wake a worker at every watch.
    """
    causes: dict[ObjectRef, str] = {}
    for name, places in after.items():
        known = before.get(name, {})
        if (new := next((place for place in places if places[place] != known.get(place)), None)) is not None:
            causes[ref(name)] = f"the watch saw at {new}: {places[new]}"
    return causes
