"""Whether a certificate, a client or a relay is as it is wanted, and one sentence about it.

The sentence is the first of these: what failed, what the last attempt waits for, what holds the work back, what is
still to be done, which place is offline as expected, what was seen. It ends with the number of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.alerting.alert import RANKS
from shared.domain.alerting.notification import WatchJournal
from shared.domain.assessment import Assessment, assess
from shared.domain.attempt_state import AttemptState
from shared.domain.client_assessment import ClientAssessment, ClientPlaceAssessment
from shared.domain.client_request_status import failures_of_client
from shared.domain.client_steps import Proven
from shared.domain.clients.client_journal import ClientPlaceState
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.issuing.due import Due, Waiting, renew_at, why_due
from shared.domain.observation import Observation
from shared.domain.place_assessment import PlaceAssessment
from shared.domain.request_status import issuing_failures, place_failures, refusals, sentence
from shared.domain.serving.delivery import Serving
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, Unreachable
from shared.domain.serving.place_state import PlaceState
from shared.domain.serving.served import all_serve
from shared.inventory import Place

type AnyPlaces = Mapping[Place, PlaceAssessment] | Mapping[Place, ClientPlaceAssessment]


@dataclass(frozen=True, slots=True)
class Readiness:
    """`ready`: what is stored is what is wanted, every place was seen to serve or accept it, and nothing has failed.

    A certificate that is due by its age stays ready until its renewal fails. A place that is offline as expected counts
    as it was last recorded.
    """

    ready: bool
    message: str


def certificate_readiness(assessment: Assessment) -> Readiness:
    if assessment.certificate.mode == "observe":
        return observed_readiness(assessment)
    observation, journal = assessment.observation, assessment.observation.journal
    served = all(is_served(each, journal.at(str(place))) for place, each in assessment.places.items())
    holds = [*issuing_hold(assessment), *holds_at(assessment.places)]
    return decide(
        is_stored_as_wanted(observation) and served,
        failures_of_certificate(assessment),
        journal.attempt,
        observation.at,
        [*holds, *map(str, assessment.actions), *offline_places(assessment.places)],
        served_message(observation),
    )


def observed_readiness(assessment: Assessment) -> Readiness:
    """Judge a certificate that is only observed by what is seen: nobody does anything, so nothing waits or is held.

    What an earlier journal says counts for nothing, nor who owns the certificate or the Secret.
    """
    seen = assess(replace(assessment.observation, journal=assessment.observation.active_journal))
    observation, verdict = seen.observation, seen.verdict
    places = {place: each for place, each in seen.places.items() if not serves_wanted(each)}
    undone = [f"only observed: {verdict.message}"] if isinstance(verdict, Due) else []
    undone += [f"{place}: {each.step.message}" for place, each in places.items() if each.step is not None]
    undone += [
        f"{place}: {each.there.message}" for place, each in places.items() if isinstance(each.there, Unreachable)
    ]
    return decide(
        is_stored_as_wanted(observation) and not places,
        seen_failures(observation),
        AttemptState(),
        observation.at,
        [*undone, *offline_places(places)],
        served_message(observation),
    )


def client_readiness(assessment: ClientAssessment) -> Readiness:
    observation, journal = assessment.observation, assessment.observation.active_journal
    wanted = observation.stored.version if observation.stored is not None and not observation.is_probe else None
    accepted = all(is_accepted(each, journal.at(str(place)), wanted) for place, each in assessment.places.items())
    proofs = (f"{place}: {each.step.message}" for place, each in assessment.places.items() if each.step is not None)
    return decide(
        (observation.stored is not None or observation.is_probe) and accepted,
        failures_of_client(assessment),
        journal.attempt,
        observation.at,
        [*holds_at(assessment.places), *map(str, assessment.actions), *offline_places(assessment.places)],
        first_and_count(list(proofs)),
    )


def relay_readiness(name: str, logins: LoginJournal, watch: WatchJournal) -> Readiness:
    """Judge a relay by what the last watch found there, and by whether logins are stopped now."""
    found = [alert for alert in watch.conditions if alert.relay == name and alert.name != "LoginsStopped"]
    found.sort(key=lambda alert: (-RANKS.index(alert.urgency), alert.since))
    firing = {alert.key for alert in watch.firing}
    failed = [logins.stopped.message] if logins.stopped is not None else []
    failed += [alert.message for alert in found if alert.key in firing]
    if watch.at is None:
        return Readiness(False, first_and_count(failed) or "no watch has looked at it yet")
    pending = [f"{alert.name} is pending: {alert.message}" for alert in found if alert.key not in firing]
    well = f"nothing was wrong at {watch.at:%Y-%m-%d %H:%M} UTC"
    return decide(True, failed, AttemptState(), watch.at, pending, well)


def decide(
    as_wanted: bool,
    failures: Iterable[str],
    attempt: AttemptState,
    now: datetime,
    coming: Sequence[str],
    otherwise: str,
) -> Readiness:
    """Return the readiness, with the sentence that comes first; `otherwise` where there is nothing to wait for."""
    failed = list(dict.fromkeys(failures))
    if attempt.is_waiting(now) and (attempt.error is not None or not failed):
        message = attempt.describe_wait()
    else:
        message = first_and_count(failed) or first_and_count(list(dict.fromkeys(coming))) or otherwise
    return Readiness(as_wanted and not failed, message)


def first_and_count(sentences: Sequence[str]) -> str:
    """Return the first of these sentences, and how many there are besides; nothing where there is none."""
    if len(sentences) < 2:
        return "".join(sentences)
    return f"{sentences[0].removesuffix('.')} (and {len(sentences) - 1} more)"


def is_stored_as_wanted(observation: Observation) -> bool:
    """Say whether the newest version is good still: valid, and of the wanted names, key and issuer."""
    due = why_due(observation.certificate, observation.stored, observation.at)
    return due is None or due.reason == "DueByLifetime"


def is_served(assessed: PlaceAssessment, state: PlaceState) -> bool:
    """Say whether a place is seen to serve its version, or, offline as expected, was recorded to."""
    if isinstance(assessed.there, ExpectedOffline):
        verified = state.verified if state.progress is None else None
        return verified is not None and assessed.desired is not None and verified.version == assessed.desired.version
    return isinstance(assessed.step, Serving)


def serves_wanted(assessed: PlaceAssessment) -> bool:
    """Say whether every replica is seen to serve the version, whatever the Secret holds."""
    there, desired = assessed.there, assessed.desired
    return isinstance(there, PlaceObservation) and desired is not None and all_serve(desired.leaf.thumbprint, there)


def is_accepted(assessed: ClientPlaceAssessment, state: ClientPlaceState, wanted: str | None) -> bool:
    """Say whether a place is seen to accept the client, or, offline as expected, was recorded to; `wanted` is None of a
    probe client, which has another password at each place."""
    if isinstance(assessed.there, ExpectedOffline):
        accepted = state.accepted if state.progress is None else None
        return accepted is not None and wanted in (None, accepted.version)
    return isinstance(assessed.step, Proven)


def failures_of_certificate(assessment: Assessment) -> Iterator[str]:
    yield from seen_failures(assessment.observation)
    yield from refusals(assessment)
    if failed := " ".join(map(sentence, issuing_failures(assessment))):
        yield failed
    yield from place_failures(assessment.observation)


def seen_failures(observation: Observation) -> Iterator[str]:
    """Yield what could not be read, and what is wrong at public endpoints."""
    yield from observation.read_errors.values()
    yield from (f"{endpoint}: {fault}" for endpoint, fault in observation.public_endpoints.items())


def issuing_hold(assessment: Assessment) -> Iterator[str]:
    if isinstance(assessment.verdict, Waiting):
        yield assessment.verdict.message


def holds_at(places: AnyPlaces) -> Iterator[str]:
    """Yield what keeps a place from being changed or looked at now, other than that it is offline as expected."""
    for place, assessed in places.items():
        if isinstance(assessed.there, Unreachable):
            yield f"{place}: {assessed.there.message}"
        elif assessed.hold is not None:
            yield f"{place}: {assessed.hold.message}"


def offline_places(places: AnyPlaces) -> Iterator[str]:
    for place, assessed in places.items():
        if isinstance(assessed.there, ExpectedOffline):
            yield f"{place}: {assessed.there.message}"


def served_message(observation: Observation) -> str:
    if observation.stored is None:
        return ""
    due = f"due {renew_at(observation.stored.leaf):%Y-%m-%d}"
    return f"every replica serves it; {due}" if observation.places else f"stored, no relay serves it; {due}"
