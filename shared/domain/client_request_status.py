"""How far a request for a client has come, judged by one observation of the client."""

from collections.abc import Iterator

from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_steps import LeftToOthers
from shared.domain.request_status import RequestResult
from shared.domain.serving.place_observation import ExpectedOffline, Unreachable


def delivery_result(assessment: ClientAssessment) -> RequestResult:
    """Return the status of a delivery that was accepted: failed, held, open, or done once each place accepts it."""
    if failures := list(dict.fromkeys(failures_of_client(assessment))):
        return RequestResult("failed", "; ".join(failures))
    if holds := list(holds_of_client(assessment)):
        return RequestResult("held", "; ".join(holds))
    if assessment.actions:
        return RequestResult("open", "; ".join(map(str, assessment.actions)))
    return RequestResult("done", accepted_message(assessment))


def failures_of_client(assessment: ClientAssessment) -> Iterator[str]:
    """Yield every reason why the client is not accepted and no attempt changes that."""
    journal = assessment.observation.active_journal
    if (error := journal.attempt.error or "; ".join(assessment.observation.read_errors.values())) != "":
        yield error
    for place, assessed in assessment.places.items():
        if isinstance(assessed.step, LeftToOthers):
            yield f"{place}: {assessed.step.message}"
        elif (error := journal.at(str(place)).error or "") and not isinstance(assessed.there, Unreachable):
            yield f"{place}: {error}"


def holds_of_client(assessment: ClientAssessment) -> Iterator[str]:
    """Yield what keeps a place from being changed or looked at now; each tick tries again."""
    for place, assessed in assessment.places.items():
        if isinstance(assessed.there, ExpectedOffline | Unreachable):
            yield f"{place}: {assessed.there.message}"
        elif assessed.hold is not None:
            yield f"{place}: {assessed.hold.message}"


def accepted_message(assessment: ClientAssessment) -> str:
    """Say by which proof each place accepts the client."""
    proofs = (f"{place}: {assessed.step.message}" for place, assessed in assessment.places.items() if assessed.step)
    return "; ".join(proofs)
