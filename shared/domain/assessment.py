"""What one observation of a certificate means: what is due, what is to be done at each place, and what is held."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.certificate_requests import is_completed
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.certificates.vault_tags import ownership_refusal
from shared.domain.findings import AnyFinding
from shared.domain.holds import HoldReason, hold_of
from shared.domain.issuing.due import Due, DueReason, Fresh, RenewalVerdict, Waiting, WaitingReason, judge_renewal
from shared.domain.object_ref import certificate_ref
from shared.domain.observation import Observation
from shared.domain.pause_scopes import issuing_scopes
from shared.domain.pauses import longest, within
from shared.domain.place_assessment import PlaceActionReason, PlaceAssessment, assess_place
from shared.domain.quarantine import quarantine_of, without_superseded
from shared.domain.serving.place_observation import (
    ExpectedOffline,
    OfflineReason,
    PlaceObservation,
    WorkloadObservation,
)
from shared.domain.serving.place_state import QuarantineReason
from shared.domain.serving.served import all_serve, count_serving, describe_wrong_answer
from shared.domain.sources import endpoints_source
from shared.inventory import Place
from shared.inventory.relays import Certificate
from shared.text import counted

FindingReason = (
    DueReason
    | WaitingReason
    | PlaceActionReason
    | HoldReason
    | OfflineReason
    | QuarantineReason
    | Literal[
        "OwnedByAnotherTool",
        "ObserveOnly",
        "Requested",
        "NextAttemptLater",
        "IssuanceLeftOver",
        "TxtValuesLeftOver",
        "QuarantineSuperseded",
        "PublicEndpointsChanged",
        "LeftTheInventory",
    ]
)

NOTHING_OBSERVED = PlaceObservation(WorkloadObservation())


Finding = AnyFinding[FindingReason]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an observation means. `refusal` says why the certificate is not ours to change; None where it is."""

    observation: Observation
    refusal: str | None
    verdict: RenewalVerdict
    places: Mapping[Place, PlaceAssessment]
    actions: tuple[Finding, ...]

    @property
    def certificate(self) -> Certificate:
        return self.observation.certificate

    @property
    def calls_for_work(self) -> bool:
        """Whether an attempt is to be made: something is to be done, or a place waits until another has settled."""
        return bool(self.actions) or any(assessed.waits_to_settle for assessed in self.places.values())


def assess(observation: Observation) -> Assessment:
    """Return what the observation means at the moment at which it was made."""
    certificate, journal, now = observation.certificate, observation.journal, observation.at
    places = {
        place: assess_place(
            certificate,
            place,
            there,
            observation.desired(place),
            journal,
            observation.pauses,
            now,
            newest=place not in observation.earlier,
        )
        for place, there in observation.places.items()
    }
    verdict = verdict_of(observation)
    refusal = ownership_refusal(certificate, observation.stored)
    if refusal is not None:
        known = refusal == journal.attempt.error and journal.issuance is None
        actions = [] if known else [Finding("OwnedByAnotherTool", refusal)]
    else:
        actions = [
            *issuing_actions(observation, verdict),
            *(Finding(a.reason, a.message, place) for place, each in places.items() if (a := each.action) is not None),
            *journal_actions(observation),
        ]
        if not actions and (journal.attempt.error or journal.attempt.next_attempt or is_answered(observation)):
            actions = [Finding("NotRecorded", "all done, not yet recorded")]
    return Assessment(observation, refusal, verdict, places, tuple(actions))


def verdict_of(observation: Observation) -> RenewalVerdict:
    """Judge the stored version by the journal's backoff, a forced renewal and the pauses in force.

    A certificate whose configuration changed does not wait for the backoff of the old one.
    """
    certificate, journal, stored, now = (
        observation.certificate,
        observation.journal,
        observation.stored,
        observation.at,
    )
    backoff, forced = journal.backoff, journal.forced_renewal
    believable = backoff is not None and backoff.until - now <= MESSAGE_LIFETIME
    held_back = believable and (journal.issuance is None or journal.issuance.is_for(certificate))
    reason = forced.reason if forced is not None and stored is not None and forced.version == stored.version else None
    verdict = judge_renewal(certificate, stored, backoff.until if backoff and held_back else None, now, reason)
    pause = longest(within(observation.pauses, issuing_scopes(certificate)))
    if isinstance(verdict, Due) and pause is not None:
        return Waiting("HeldByPause", f"{verdict.message}; {pause.reason}", pause.until)
    return verdict


def issuing_actions(observation: Observation, verdict: RenewalVerdict) -> Iterator[Finding]:
    journal = observation.journal
    match verdict:
        case Due(reason=reason, message=message):
            yield Finding(reason, f"due: {message}")
        case Fresh() if journal.issuance or journal.backoff or journal.forced_renewal:
            yield Finding("IssuanceLeftOver", "an issuance to clean up after")
        case Waiting() if journal.issuance is not None and journal.issuance.published:
            yield Finding("TxtValuesLeftOver", "TXT values to withdraw")


def journal_actions(observation: Observation) -> Iterator[Finding]:
    """Yield what the journal says otherwise than the observation; nothing before there is a version."""
    certificate, journal, stored = observation.certificate, observation.journal, observation.stored
    if stored is None:
        return
    if without_superseded(journal, stored.version) != journal:
        yield Finding("QuarantineSuperseded", "a quarantine to lift")
    unread = endpoints_source(certificate.name) in observation.read_errors
    if not unread and observation.public_endpoints != journal.public_endpoints:
        faults = [f"{endpoint}: {fault}" for endpoint, fault in observation.public_endpoints.items()]
        for message in faults or ["the public endpoints are healthy again"]:
            yield Finding("PublicEndpointsChanged", message)


def is_answered(observation: Observation) -> bool:
    """Say whether the journal still names a person although the request is done."""
    wanted = {
        place: version.version for place in observation.places if (version := observation.desired(place)) is not None
    }
    return observation.journal.requested_by is not None and is_completed(observation.journal, wanted)


def status_findings(assessment: Assessment) -> Iterator[Finding]:
    """Yield which places are held, expected to be offline, or in quarantine: nothing is to be done there now."""
    observation = assessment.observation
    for place, assessed in assessment.places.items():
        if isinstance(assessed.there, ExpectedOffline):
            yield Finding(assessed.there.reason, assessed.there.message, place)
        if assessed.hold is not None:
            yield Finding(assessed.hold.reason, assessed.hold.message, place)
        if (
            observation.stored is not None
            and (entry := quarantine_of(observation.journal, place, observation.stored.version)) is not None
        ):
            forward = assessed.desired == observation.stored
            all_the_same = ", and is delivered all the same: no earlier one is left" if forward else ""
            message = f"version {entry.version} is in quarantine{all_the_same}. {entry.message}"
            yield Finding(entry.reason, message, place)


def held_once_issued(assessment: Assessment, places: Iterable[Place]) -> Iterator[Finding]:
    """Yield which of the places, not held already, would be held back from a version that is issued now."""
    observation, target = assessment.observation, certificate_ref(assessment.certificate.name)
    held_already = {place for place, assessed in assessment.places.items() if assessed.hold is not None}
    for place in places:
        there = observation.places.get(place, NOTHING_OBSERVED)
        if place not in held_already and isinstance(there, PlaceObservation):
            hold = hold_of(target, place, there, observation.pauses, observation.at)
            if hold is not None:
                yield Finding(hold.reason, f"the new version will be {hold.message}", place)


def observe_mode_lines(assessment: Assessment) -> list[str]:
    """Describe a certificate that is only looked at: what would be done, and what each place holds and serves."""
    observation, verdict = assessment.observation, assessment.verdict
    lines = [f"due: {verdict.message}" if isinstance(verdict, Due) else verdict.message]
    if assessment.refusal is not None:
        lines.append(assessment.refusal)
    if (issuance := observation.journal.issuance) is not None:
        lines.append(f"an issuance is under way, with {counted(len(issuance.published), 'TXT value')} published")
    lines += [f"{endpoint}: {fault}" for endpoint, fault in observation.public_endpoints.items()]
    return lines + [
        f"{place}: {describe_place(place, assessed, assessed.desired.leaf.thumbprint)}"
        for place, assessed in assessment.places.items()
        if assessed.desired is not None
    ]


def describe_place(place: Place, assessed: PlaceAssessment, thumbprint: Thumbprint) -> str:
    """Describe what a place holds and serves, beside the leaf of `thumbprint` that it should serve."""
    there = assessed.there
    if not isinstance(there, PlaceObservation):
        return there.message
    rollout = there.workload.rollout
    wrong = "" if all_serve(thumbprint, there) else f" ({describe_wrong_answer(thumbprint, there)})"
    missing = rollout.missing if rollout is not None else ()
    warning = f"; sessions fail when it is rolled: its template lacks {', '.join(missing)}" if missing else ""
    return f"{describe_files(place, assessed)}; served {count_serving(thumbprint, there)}{wrong}{warning}"


def describe_files(place: Place, assessed: PlaceAssessment) -> str:
    if place.relay.sync == "none":
        return "something else brings the files, to all relays of this vault at once; the way back is an import"
    return assessed.lacks.message if assessed.lacks is not None else "the Secret holds it"
