"""How far a request has come, judged by one observation of its certificate."""

from collections.abc import Iterator
from typing import NamedTuple

from shared.domain.assessment import Assessment
from shared.domain.issuing.due import Fresh, Waiting
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.observation import Observation
from shared.domain.pause_scopes import issuing_scopes
from shared.domain.pauses import within
from shared.domain.quarantine import manual_rollback, quarantine_of
from shared.domain.requests import Request, RequestStatus
from shared.domain.serving.place_observation import ExpectedOffline, Unreachable
from shared.inventory import Place


class RequestResult(NamedTuple):
    """The status of a request, and why."""

    status: RequestStatus
    message: str


def result_of(request: Request, assessment: Assessment) -> RequestResult:
    """Return the status of a request that was accepted: failed, held, done; else still open.

    Unless it is done, the message says first whether a new version was issued.
    """
    observation = assessment.observation
    first = issued_message(
        request, observation.stored.version if observation.stored is not None else None, observation.journal
    )
    if failures := list(dict.fromkeys(failures_of(request, assessment))):
        return RequestResult("failed", " ".join([first, *map(sentence, failures)]).strip())
    if hold := list(holds_of(request, assessment)):
        return RequestResult("held", f"{first} {'; '.join(hold)}".strip())
    if todo := remaining(request, assessment):
        return RequestResult("open", f"{first} {'; '.join(todo)}".strip())
    return RequestResult("done", served_message(request, observation))


def issued_message(request: Request, newest: Version | None, journal: Journal) -> str:
    """Say whether the new version was issued that a request asked for; nothing where it asked for none."""
    if request.kind != "renewal":
        return ""
    if newest is not None and newest != request.baseline:
        return f"Version {newest} was issued."
    to_come = request.force or journal.issuance is not None or journal.backoff is not None
    return "No new version was issued yet." if to_come else ""


def sentence(message: str) -> str:
    """Return a failure's message with a full stop, so that another sentence may follow."""
    return message if message.endswith((".", "!", "?")) else f"{message}."


def request_lost(request: Request, observation: Observation) -> bool:
    """Say whether the journal that was to replace a version no longer says so, though nothing has replaced it."""
    unreplaced = observation.stored is not None and observation.stored.version == request.baseline
    return request.force and request.kind == "renewal" and unreplaced and observation.journal.forced_renewal is None


def failures_of(request: Request, assessment: Assessment) -> Iterator[str]:
    """Yield every reason why the work ended without what was asked for, in the words of the system that refused."""
    yield from refusals(assessment)
    if request.kind == "renewal":
        yield from issuing_failures(assessment)
    if request.kind == "rollback":
        yield from rollback_failures(request, assessment.observation)
    yield from place_failures(assessment.observation, rolling_back=request.kind == "rollback")


def refusals(assessment: Assessment) -> Iterator[str]:
    """Yield why nothing is done for the certificate at all."""
    if (refused := assessment.refusal or assessment.observation.journal.attempt.error) is not None:
        yield refused


def place_failures(observation: Observation, *, rolling_back: bool = False) -> Iterator[str]:
    """Yield why deliveries failed, and where the newest version is in quarantine unless that is wanted."""
    journal, stored = observation.journal, observation.stored
    for place, there in observation.places.items():
        if (error := journal.at(str(place)).error) is not None and not isinstance(there, Unreachable):
            yield error
        entry = quarantine_of(journal, place, stored.version) if stored is not None else None
        if entry is not None and not rolling_back:
            yield f"Version {entry.version} is in quarantine at {place}: {entry.message}"


def issuing_failures(assessment: Assessment) -> Iterator[str]:
    observation, backoff = assessment.observation, assessment.observation.journal.backoff
    paused = within(observation.pauses, issuing_scopes(assessment.certificate))
    if backoff is not None and not paused and not isinstance(assessment.verdict, Fresh):
        yield backoff.error
        if observation.at < backoff.until:
            yield f"The next attempt is at {backoff.until:%H:%M:%S} UTC; with ignore_backoff it is made now."
        else:
            yield "The next tick tries again."


def rollback_failures(request: Request, observation: Observation) -> Iterator[str]:
    """Yield what has ended a rollback, or where it does not hold."""
    assert observation.stored is not None, "refused where there is none"
    if observation.stored.version != request.baseline:
        yield f"Version {observation.stored.version} has come meanwhile, and ended the rollback."
    elif manual_rollback(observation.journal, observation.stored.version) is None:
        yield "The quarantine was lifted meanwhile."
    else:
        for place in observation.places:
            wanted = observation.desired(place)
            if place.relay.sync == "none" or (wanted is not None and wanted.version == request.version):
                continue
            if wanted in (None, observation.stored):
                yield f"{place} is not rolled back: {why_still_served(place, observation)}."
            elif request.version is not None:
                yield f"{place} goes back to version {wanted.version} instead: {why_still_served(place, observation)}."


def why_still_served(place: Place, observation: Observation) -> str:
    """Say why a place serves the version that was rolled back."""
    others = (
        each
        for each in observation.journal.quarantine
        if each.request is None and each.relay in (None, place.relay.name)
    )
    message = [f"version {each.version} is in quarantine: {each.message}" for each in others]
    return "; ".join(message) or "no earlier version is good still"


def holds_of(request: Request, assessment: Assessment) -> Iterator[str]:
    """Yield what keeps the work from being done now; each tick tries again."""
    if request.kind == "renewal" and isinstance(assessment.verdict, Waiting):
        yield assessment.verdict.message
    for place, assessed in assessment.places.items():
        if isinstance(assessed.there, ExpectedOffline | Unreachable):
            yield f"{place}: {assessed.there.message}"
        if assessed.hold is not None:
            yield f"{place}: {assessed.hold.message}"


def remaining(request: Request, assessment: Assessment) -> list[str]:
    """Return what is still to be done; going back or forward does not wait for a new version."""
    return [str(action) for action in assessment.actions if request.kind == "renewal" or action.place is not None]


def served_message(request: Request, observation: Observation) -> str:
    """Say what is served, and where; a certificate that no relay serves is only stored."""
    assert observation.stored is not None, "without a version there is work"
    versions = {
        place: wanted.version for place in observation.places if (wanted := observation.desired(place)) is not None
    }
    brought = "; ".join(
        f"{place} is not rolled back: something else brings the files"
        for place in observation.places
        if place.relay.sync == "none" and manual_rollback(observation.journal, observation.stored.version) is not None
    )
    places = ", ".join(f"{place} (version {version})" for place, version in versions.items())
    message = f"served by every replica of {places}" if places else f"stored as version {observation.stored.version}"
    not_due = request.kind == "renewal" and observation.stored.version == request.baseline
    return "; ".join(filter(None, ["no new version was due" if not_due else "", message, brought]))
