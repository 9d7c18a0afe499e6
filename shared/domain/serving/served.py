"""What the replicas of a place serve: whether that is what is wanted, how many do, and what the others do instead."""

from collections.abc import Iterable

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.place_observation import PlaceObservation, Pod
from shared.domain.serving.probe import Probe, ProbeResult
from shared.inventory import Place
from shared.text import counted


def all_serve(wanted: Thumbprint, observation: PlaceObservation) -> bool:
    """Say whether all expected replicas are Ready and every probe returned `wanted` with a valid chain.

    Names that no client can ask for are left out, unless there are no others.
    """
    pods, rollout = observation.workload.pods, observation.workload.rollout
    complete = rollout is None or (rollout.done and len(pods) == rollout.replicas)
    served = all(
        answers_with(wanted, result) for result in askable(observation.probe_results) or observation.probe_results
    )
    return complete and all(pod.ready for pod in pods) and served


def askable(results: Iterable[ProbeResult]) -> list[ProbeResult]:
    """Return the results of probes for names that a client can ask for."""
    return [result for result in results if result.inconclusive != "NotAskable"]


def turned_away(results: Iterable[ProbeResult]) -> list[ProbeResult]:
    """Return the results of replicas that run and refuse our session: what they present to others is unknown."""
    return [result for result in results if result.inconclusive in ("Busy", "TurnedAway")]


def only_inconclusive(wanted: Thumbprint, observation: PlaceObservation) -> bool:
    """Say whether some probe did not return `wanted`, and all those are inconclusive."""
    others = [result for result in observation.probe_results if not answers_with(wanted, result)]
    return bool(others) and all(result.inconclusive is not None for result in others)


def answers_with(wanted: Thumbprint, result: ProbeResult) -> bool:
    """Say whether the probe returned `wanted`, with a chain that a client accepts."""
    return result.thumbprint == wanted and not result.chain_fault


def count_serving(wanted: Thumbprint, observation: PlaceObservation) -> str:
    """Return how many replicas serve `wanted`, as `1/2`; counts handshakes where a Service hides the replicas."""
    if any(result.probe.pod == pod.name for result in observation.probe_results for pod in observation.workload.pods):
        count = sum(pod_serves(pod, wanted, observation.probe_results) for pod in observation.workload.pods)
        return f"{count}/{expected_replicas(observation)}"
    results = askable(observation.probe_results)
    good = sum(answers_with(wanted, result) for result in results)
    return f"{good}/{len(results) or expected_replicas(observation)}"


def expected_replicas(observation: PlaceObservation) -> int:
    """Return how many replicas there should be."""
    return (
        observation.workload.rollout.replicas
        if observation.workload.rollout is not None
        else len(observation.workload.pods)
    )


def pod_serves(pod: Pod, wanted: Thumbprint, results: Iterable[ProbeResult]) -> bool:
    """Say whether the pod was probed, and every probe of it returned `wanted`."""
    own = [result for result in askable(results) if result.probe.pod == pod.name]
    return bool(own) and all(answers_with(wanted, result) for result in own)


def is_healthy(observation: PlaceObservation) -> bool:
    """Say whether all expected replicas are Ready and present a certificate, whichever it is.

    Inconclusive results are left out, unless there are no others.
    """
    pods, rollout = observation.workload.pods, observation.workload.rollout
    complete = rollout is not None and rollout.done and len(pods) == rollout.replicas
    shown = [result for result in observation.probe_results if result.inconclusive is None]
    known = bool(shown) or not observation.probe_results
    return (
        complete
        and known
        and all(pod.ready for pod in observation.workload.pods)
        and all(result.thumbprint for result in shown)
    )


def serves_other(wanted: Thumbprint, observation: PlaceObservation) -> bool:
    """Say whether some replica presents another certificate; a failed handshake alone shows nothing."""
    return any(result.thumbprint not in (None, wanted) for result in observation.probe_results)


def remedy_for(wanted: Thumbprint, place: Place, observation: PlaceObservation) -> str:
    """Say what a person can do about the first pod that is not Ready or does not serve `wanted`."""
    workload = place.relay.workload
    kubectl = f"kubectl --context {place.cluster} -n {workload.namespace}"
    worst_first = sorted(observation.workload.pods, key=lambda pod: pod.ready)
    broken = next((pod for pod in worst_first if not pod_serves(pod, wanted, observation.probe_results)), None)
    if broken is None:
        return f"See {kubectl} describe {workload.kind} {workload.name}"
    if not broken.ready:
        return f"See {kubectl} describe pod {broken.name}; once the cause is gone: {kubectl} delete pod {broken.name}"
    if serves_other(wanted, observation):
        return f"Roll the pods: {kubectl} rollout restart {workload.kind} {workload.name}"
    if away := turned_away(result for result in observation.probe_results if result.probe.pod == broken.name):
        return turned_away_remedy(away[0], kubectl)
    return f"Check that {broken.address} can be reached from here, and its log: {kubectl} logs {broken.name}"


def turned_away_remedy(result: ProbeResult, kubectl: str) -> str:
    """Say what a person can do about a replica that does not talk to us."""
    log = f"{kubectl} logs {result.probe.pod}"
    if result.inconclusive == "Busy":
        return f"It takes no session from here now: see who holds its connections, and its limits per client: {log}"
    return (
        f"Let it talk to the address that probes come from, or give the relay a helo in the inventory: the name that "
        f"leads to that address. Its log: {log}"
    )


def describe_not_ready(observation: PlaceObservation) -> str | None:
    """Name what keeps the replicas from being complete and Ready; None where nothing does."""
    for pod in observation.workload.pods:
        if not pod.ready:
            return f"pod {pod.name} is not Ready{f' ({pod.reason})' if pod.reason else ''}"
    if observation.workload.rollout is not None and not observation.workload.rollout.done:
        return observation.workload.rollout.message
    if (
        observation.workload.rollout is not None
        and len(observation.workload.pods) != observation.workload.rollout.replicas
    ):
        return f"{len(observation.workload.pods)} of {counted(observation.workload.rollout.replicas, 'pod')}"
    return None


def describe_no_answer(observation: PlaceObservation) -> str:
    """Describe the first handshake that showed no certificate."""
    silent = next((result for result in askable(observation.probe_results) if result.thumbprint is None), None)
    return "nothing is wrong" if silent is None else f"{silent.probe.pod}: {silent.failure}"


def describe_wrong_answer(wanted: Thumbprint, observation: PlaceObservation) -> str:
    """Describe the first result that is not `wanted`; an inconclusive one only if there is no other."""
    conclusive_first = sorted(
        askable(observation.probe_results) or observation.probe_results,
        key=lambda result: result.inconclusive is not None,
    )
    for result in conclusive_first:
        if not answers_with(wanted, result):
            probe = result.probe
            who = f"pod {probe.pod}" if probe.pod in {pod.name for pod in observation.workload.pods} else probe.pod
            return f"{who} {describe_answer(wanted, result)} on {probe_target(probe)}"
    return "nothing else is wrong"


def probe_target(probe: Probe) -> str:
    """Describe what was asked for: port, name, and the kind of key if the probe names one."""
    kind = f", {probe.key.upper()} key" if probe.key is not None else ""
    name = probe.sni if probe.sni is None or probe.sni.isprintable() else ascii(probe.sni)
    return f"port {probe.port} for {name or 'no SNI'}{kind}"


def describe_answer(wanted: Thumbprint, result: ProbeResult) -> str:
    """Describe a result that is not `wanted`, or whose chain is not valid."""
    if result.thumbprint is None:
        return result.failure
    return f"serves {result.thumbprint[:12]}" if result.thumbprint != wanted else result.chain_fault
