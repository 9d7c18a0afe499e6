"""What one observation of a certificate means: what is due, what is to be done at each place, and what is held."""

from collections.abc import Iterable
from datetime import datetime

from shared.domain.attempt_state import MESSAGE_LIFETIME
from shared.domain.certificate_pauses import issuing_scopes
from shared.domain.certificate_requests import is_completed
from shared.domain.certificates.certificate import StoredVersion, names_of
from shared.domain.certificates.vault_tags import ownership_refusal
from shared.domain.holds import Hold, apply_holds, hold_of, pause_at
from shared.domain.issuing.renewal import Due, Fresh, RenewalVerdict, Waiting, judge_renewal
from shared.domain.journal import Journal
from shared.domain.observation import Observation
from shared.domain.pauses import Pause, longest, within
from shared.domain.quarantine import is_rolling_back, quarantine_of, without_superseded
from shared.domain.serving.delivery import Serving, Step, next_step
from shared.domain.serving.place_observation import ExpectedOffline, PlaceObservation, SecretSnapshot, Unreachable
from shared.domain.serving.place_state import DeliveryProgress, PlaceState
from shared.domain.serving.served import all_serve, count_serving, describe_wrong_answer
from shared.domain.serving.tls_secret import SecretDiff, annotated_version, secret_diff
from shared.inventory import Certificate, Place, files_of
from shared.text import counted

NOTHING_OBSERVED = PlaceObservation(None, (), (), None)


def verdict_of(certificate: Certificate, observation: Observation, now: datetime) -> RenewalVerdict:
    """Judge the stored version by the journal's backoff, a forced renewal and the pauses in force.

    A certificate whose configuration changed does not wait for the backoff of the old one.
    """
    issuance, backoff, forced = (
        observation.journal.issuance,
        observation.journal.backoff,
        observation.journal.forced_renewal,
    )
    believable = backoff is not None and backoff.until - now <= MESSAGE_LIFETIME
    held_back = believable and (issuance is None or issuance.is_for(certificate))
    reason = (
        forced.reason
        if forced is not None and observation.stored and forced.version == observation.stored.version
        else None
    )
    verdict = judge_renewal(
        certificate, observation.stored, None, backoff.until if backoff and held_back else None, now, reason
    )
    pause = longest(within(observation.pauses, issuing_scopes(certificate)))
    if isinstance(verdict, Due) and pause is not None:
        return Waiting("HeldByPause", f"{verdict.message}; {pause.reason}", pause.until)
    return verdict


def work_lines(certificate: Certificate, observation: Observation, now: datetime) -> list[str]:
    """Return what there is to do, one sentence each; empty where everything is as it should be, and recorded."""
    if (refused := ownership_refusal(certificate, observation.stored)) is not None:
        return (
            [refused]
            if refused != observation.journal.attempt.error or observation.journal.issuance is not None
            else []
        )
    found = []
    match verdict_of(certificate, observation, now):
        case Due(message=message):
            found.append(f"due: {message}")
        case Fresh() if (
            observation.journal.issuance or observation.journal.backoff or observation.journal.forced_renewal
        ):
            found.append("an issuance to clean up after")
        case Waiting() if observation.journal.issuance is not None and observation.journal.issuance.published:
            found.append("TXT values to withdraw")
    found += [
        f"{place}: {lack}"
        for place in observation.places
        if isinstance(lack := assess_place(certificate, place, observation, now), str)
    ]
    if (
        observation.stored is not None
        and without_superseded(observation.journal, observation.stored.version) != observation.journal
    ):
        found.append("a quarantine to lift")
    if observation.stored is not None and observation.public_endpoints != observation.journal.public_endpoints:
        found += [f"{endpoint}: {fault}" for endpoint, fault in observation.public_endpoints.items()] or [
            "the public endpoints are healthy again"
        ]
    if not found and (
        observation.journal.attempt.error or observation.journal.attempt.next_attempt or request_answered(observation)
    ):
        found.append("all done, not yet recorded")
    return found


def request_answered(observation: Observation) -> bool:
    """Say whether the journal still names a person although the request is done."""
    wanted = {
        place: version.version for place in observation.places if (version := observation.desired(place)) is not None
    }
    return observation.journal.requested_by is not None and is_completed(observation.journal, wanted)


def assess_place(certificate: Certificate, place: Place, observation: Observation, now: datetime) -> str | Hold | None:
    """Say what is to be done, or to be recorded, about a place; None where it serves what it should, proven."""
    there, state, wanted = observation.places.get(place), observation.journal.at(str(place)), observation.desired(place)
    if there is None:
        return "not looked at yet"
    if isinstance(there, Unreachable):
        return there.reason if there.reason != state.error else None
    if isinstance(there, ExpectedOffline) or wanted is None:
        return "its last error is over" if state.error is not None else None
    match step_at(certificate, wanted, place, there, observation, now):
        case Serving():
            return None if is_recorded(wanted, there, state) else "served, not yet recorded"
        case Hold() as hold:
            return hold if state.error is None else f"{hold.message}; its last error is over"
        case step:
            return step.message


def step_at(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    there: PlaceObservation,
    observation: Observation,
    now: datetime,
) -> Step | Hold:
    """Return the next step of the delivery that is under way, or would begin now."""
    progress = observation.journal.at(str(place)).progress
    if progress is None or progress.version != wanted.version:
        progress = DeliveryProgress(wanted.version, now)
    return next_action(certificate, wanted, place, there, observation.journal, progress, observation.pauses, now)


def is_recorded(wanted: StoredVersion, there: PlaceObservation, state: PlaceState) -> bool:
    """Say whether the state records what is observed; without any replica there is nothing to record."""
    verified = state.verified
    proven = verified is not None and verified.version == wanted.version and verified.replicas == len(there.pods)
    return (proven or not there.pods) and state.progress is None and state.error is None


def next_action(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    there: PlaceObservation,
    journal: Journal,
    progress: DeliveryProgress,
    pauses: tuple[Pause, ...],
    now: datetime,
) -> Step | Hold:
    """Return the next step, unless it must not be taken now.

    Going back to an earlier version is held by a pause only.
    """
    lacks = missing_from_secret(certificate, wanted, place, there.secret)
    step = next_step(wanted.leaf.thumbprint, lacks, there, progress, place, now)
    if pause_at(place, pauses) is None and is_rolling_back(
        journal, place, wanted.version, annotated_version(certificate.name, there.secret)
    ):
        return step
    return apply_holds(step, place, there, pauses, now)


def missing_from_secret(
    certificate: Certificate, wanted: StoredVersion, place: Place, secret: SecretSnapshot | None
) -> SecretDiff | None:
    """Say what the place's Secret lacks of the wanted version; nothing where somebody else brings the files."""
    if place.relay.sync == "none":
        return None
    files = files_of(place.relay, place.serves, names_of(wanted.leaf, certificate.dns_names), wanted.version)
    return secret_diff(certificate.name, wanted, files, secret)


def status_lines(certificate: Certificate, observation: Observation, now: datetime) -> list[str]:
    """Say which places are held, expected to be offline, or in quarantine: nothing is to be done there now."""
    lines = []
    for place, there in observation.places.items():
        if isinstance(there, ExpectedOffline):
            lines.append(f"{place}: {there.reason}")
        if isinstance(hold := assess_place(certificate, place, observation, now), Hold):
            lines.append(f"{place}: {hold.message}")
        if (
            observation.stored is not None
            and (entry := quarantine_of(observation.journal, place, observation.stored.version)) is not None
        ):
            forward = observation.desired(place) == observation.stored
            all_the_same = ", and is delivered all the same: no earlier one is left" if forward else ""
            lines.append(f"{place}: version {entry.version} is in quarantine{all_the_same}. {entry.reason}")
    return lines


def held_once_issued(
    certificate: Certificate, observation: Observation, places: Iterable[Place], now: datetime
) -> list[str]:
    """Say which of the places, not held already, would be held back from a version that is issued now."""
    held_already = {
        place for place in observation.places if isinstance(assess_place(certificate, place, observation, now), Hold)
    }
    return [
        f"{place}: the new version will be {hold.message}"
        for place in places
        if place not in held_already
        and isinstance(there := observation.places.get(place, NOTHING_OBSERVED), PlaceObservation)
        and (hold := hold_of(place, there, observation.pauses, now)) is not None
    ]


def observe_mode_lines(certificate: Certificate, observation: Observation, now: datetime) -> list[str]:
    """Describe a certificate that is only looked at: what would be done, and what each place holds and serves."""
    verdict = verdict_of(certificate, observation, now)
    lines = [f"due: {verdict.message}" if isinstance(verdict, Due) else verdict.message]
    if (refused := ownership_refusal(certificate, observation.stored)) is not None:
        lines.append(refused)
    if observation.journal.issuance is not None:
        lines.append(
            "an issuance is under way, "
            f"with {counted(len(observation.journal.issuance.published), 'TXT value')} published"
        )
    lines += [f"{endpoint}: {fault}" for endpoint, fault in observation.public_endpoints.items()]
    return lines + [
        f"{place}: {observe_mode_line(certificate, wanted, place, there)}"
        for place, there in observation.places.items()
        if (wanted := observation.desired(place)) is not None
    ]


def observe_mode_line(
    certificate: Certificate,
    wanted: StoredVersion,
    place: Place,
    there: PlaceObservation | ExpectedOffline | Unreachable,
) -> str:
    """Describe what a place holds and serves."""
    if not isinstance(there, PlaceObservation):
        return there.reason
    thumbprint = wanted.leaf.thumbprint
    wrong = "" if all_serve(thumbprint, there) else f" ({describe_wrong_answer(thumbprint, there)})"
    missing = there.rollout.missing if there.rollout is not None else ()
    warning = f"; sessions fail when it is rolled: its template lacks {', '.join(missing)}" if missing else ""
    return f"{files_held(certificate, wanted, place, there)}; served {count_serving(thumbprint, there)}{wrong}{warning}"


def files_held(certificate: Certificate, wanted: StoredVersion, place: Place, there: PlaceObservation) -> str:
    if place.relay.sync == "none":
        return "something else brings the files, to all relays of this vault at once; the way back is an import"
    lacks = missing_from_secret(certificate, wanted, place, there.secret)
    return lacks.message if lacks is not None else "the Secret holds it"
