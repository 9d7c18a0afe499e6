"""What the replicas of a place serve: whether that is what is wanted, how many do, and what the others do instead."""

from collections.abc import Iterable

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.place_observation import PlaceObservation, Pod
from shared.domain.serving.probe import Probe, ProbeResult
from shared.inventory import Place
from shared.text import counted


def all_serve(wanted: Thumbprint, seen: PlaceObservation) -> bool:
    """Say whether every replica that there should be is Ready and answered every question with `wanted`, whole.

    Names that no client can ask for are left out, unless there are no others.
    """
    complete = seen.rollout is None or (seen.rollout.done and len(seen.pods) == seen.rollout.replicas)
    served = all(answers_with(wanted, answer) for answer in askable(seen.answers) or seen.answers)
    return complete and all(pod.ready for pod in seen.pods) and served


def askable(answers: Iterable[ProbeResult]) -> list[ProbeResult]:
    """Return the answers to questions that a client can put."""
    return [answer for answer in answers if answer.inconclusive != "NotAskable"]


def turned_away(answers: Iterable[ProbeResult]) -> list[ProbeResult]:
    """Return those of replicas that are there and do not talk to us: nobody knows what they present to others."""
    return [answer for answer in answers if answer.inconclusive in ("Busy", "TurnedAway")]


def only_inconclusive(wanted: Thumbprint, seen: PlaceObservation) -> bool:
    """Say whether nothing that was answered speaks against `wanted`, though not every question was answered."""
    others = [answer for answer in seen.answers if not answers_with(wanted, answer)]
    return bool(others) and all(answer.inconclusive is not None for answer in others)


def answers_with(wanted: Thumbprint, answer: ProbeResult) -> bool:
    """Say whether a client that asked this accepts the answer, and gets `wanted`."""
    return answer.thumbprint == wanted and not answer.fault


def count_serving(wanted: Thumbprint, seen: PlaceObservation) -> str:
    """Return how many replicas serve `wanted`, as `1/2`; of handshakes, where a Service hides who answered."""
    if any(answer.question.pod == pod.name for answer in seen.answers for pod in seen.pods):
        count = sum(pod_serves(pod, wanted, seen.answers) for pod in seen.pods)
        return f"{count}/{expected_replicas(seen)}"
    asked = askable(seen.answers)
    good = sum(answers_with(wanted, answer) for answer in asked)
    return f"{good}/{len(asked) or expected_replicas(seen)}"


def expected_replicas(seen: PlaceObservation) -> int:
    """Return how many replicas there should be."""
    return seen.rollout.replicas if seen.rollout is not None else len(seen.pods)


def pod_serves(pod: Pod, wanted: Thumbprint, answers: Iterable[ProbeResult]) -> bool:
    """Say whether the pod answered each question put to it, and each with `wanted`."""
    own = [answer for answer in askable(answers) if answer.question.pod == pod.name]
    return bool(own) and all(answers_with(wanted, answer) for answer in own)


def is_healthy(seen: PlaceObservation) -> bool:
    """Say whether every replica that there should be is Ready and shows a certificate, whichever it is.

    One whose answer is inconclusive may be as sound as the others.
    """
    complete = seen.rollout is not None and seen.rollout.done and len(seen.pods) == seen.rollout.replicas
    shown = [answer for answer in seen.answers if answer.inconclusive is None]
    known = bool(shown) or not seen.answers
    return complete and known and all(pod.ready for pod in seen.pods) and all(answer.thumbprint for answer in shown)


def serves_other(wanted: Thumbprint, seen: PlaceObservation) -> bool:
    """Say whether some replica presents another certificate; a failed handshake alone shows nothing."""
    return any(answer.thumbprint not in (None, wanted) for answer in seen.answers)


def remedy_for(wanted: Thumbprint, place: Place, seen: PlaceObservation) -> str:
    """Say what a person can do about the first pod that is not Ready or does not serve `wanted`."""
    workload = place.relay.workload
    kubectl = f"kubectl --context {place.cluster} -n {workload.namespace}"
    worst_first = sorted(seen.pods, key=lambda pod: pod.ready)
    broken = next((pod for pod in worst_first if not pod_serves(pod, wanted, seen.answers)), None)
    if broken is None:
        return f"See {kubectl} describe {workload.kind} {workload.name}"
    if not broken.ready:
        return f"See {kubectl} describe pod {broken.name}; once the cause is gone: {kubectl} delete pod {broken.name}"
    if serves_other(wanted, seen):
        return f"Roll the pods: {kubectl} rollout restart {workload.kind} {workload.name}"
    if away := turned_away(answer for answer in seen.answers if answer.question.pod == broken.name):
        return turned_away_remedy(away[0], kubectl)
    return f"Check that {broken.address} can be reached from here, and its log: {kubectl} logs {broken.name}"


def turned_away_remedy(answer: ProbeResult, kubectl: str) -> str:
    """Say what a person can do about a replica that does not talk to us."""
    log = f"{kubectl} logs {answer.question.pod}"
    if answer.inconclusive == "Busy":
        return f"It takes no session from here now: see who holds its connections, and its limits per client: {log}"
    return (
        f"Let it talk to the address that probes come from, or give the relay a helo in the inventory: the name that "
        f"leads to that address. Its log: {log}"
    )


def describe_not_ready(seen: PlaceObservation) -> str | None:
    """Name what keeps the replicas from being complete and Ready; None where nothing does."""
    for pod in seen.pods:
        if not pod.ready:
            return f"pod {pod.name} is not Ready{f' ({pod.reason})' if pod.reason else ''}"
    if seen.rollout is not None and not seen.rollout.done:
        return seen.rollout.message
    if seen.rollout is not None and len(seen.pods) != seen.rollout.replicas:
        return f"{len(seen.pods)} of {counted(seen.rollout.replicas, 'pod')}"
    return None


def describe_no_answer(seen: PlaceObservation) -> str:
    """Describe the first handshake that showed no certificate."""
    silent = next((answer for answer in askable(seen.answers) if answer.thumbprint is None), None)
    return "nothing is wrong" if silent is None else f"{silent.question.pod}: {silent.failure}"


def describe_wrong_answer(wanted: Thumbprint, seen: PlaceObservation) -> str:
    """Describe the first answer that is not `wanted`, before those that say nothing of the files."""
    telling_first = sorted(askable(seen.answers) or seen.answers, key=lambda answer: answer.inconclusive is not None)
    for answer in telling_first:
        if not answers_with(wanted, answer):
            asked = answer.question
            who = f"pod {asked.pod}" if asked.pod in {pod.name for pod in seen.pods} else asked.pod
            return f"{who} {describe_answer(wanted, answer)} on {probe_target(asked)}"
    return "nothing else is wrong"


def probe_target(asked: Probe) -> str:
    """Describe what was asked: port, name, and the kind of key where it was not left to the relay."""
    kind = f", {asked.key.upper()} key" if asked.key is not None else ""
    name = asked.sni if asked.sni is None or asked.sni.isprintable() else ascii(asked.sni)
    return f"port {asked.port} for {name or 'no SNI'}{kind}"


def describe_answer(wanted: Thumbprint, answer: ProbeResult) -> str:
    """Describe an answer that is not `wanted`, or not whole."""
    if answer.thumbprint is None:
        return answer.failure
    return f"serves {answer.thumbprint[:12]}" if answer.thumbprint != wanted else answer.fault
