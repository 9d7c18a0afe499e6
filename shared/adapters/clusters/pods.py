"""Pods: whose they are, and why one is not Ready. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.inventory import Workload
from shared.domain.places import Pod

ENDED = ("Succeeded", "Failed")


def is_active(pod: Mapping[str, Any]) -> bool:
    """Say whether the pod counts as a replica, as the controllers do: not being deleted, not ended (as if evicted)."""
    return "deletionTimestamp" not in pod["metadata"] and pod["status"].get("phase") not in ENDED


def runs_for(pod: Mapping[str, Any], workload: Workload) -> bool:
    """Say whether the pod belongs to the workload; a Deployment owns its pods through ReplicaSets."""
    metadata = pod["metadata"]
    if workload.kind == "statefulset":
        owner = ("StatefulSet", workload.name)
    else:
        owner = ("ReplicaSet", f"{workload.name}-{metadata.get('labels', {}).get('pod-template-hash')}")
    return any((each["kind"], each["name"]) == owner for each in metadata.get("ownerReferences", ()))


def pod(item: Mapping[str, Any]) -> Pod:
    """Read a v1 Pod."""
    status = item["status"]
    ready = condition(status, "Ready")
    is_ready = ready.get("status") == "True"
    return Pod(
        name=item["metadata"]["name"],
        address=status.get("podIP"),
        ready=is_ready,
        reason="" if is_ready else why_unready(status, ready),
    )


def why_unready(status: Mapping[str, Any], ready: Mapping[str, Any]) -> str:
    """Return the most telling reason: a container that waits, no node that takes it, what the Ready condition says."""
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if (waiting := container.get("state", {}).get("waiting")) and waiting.get("reason") != "PodInitializing":
            return in_words(waiting)
    scheduled = condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return in_words(scheduled)
    return in_words(ready)


def condition(status: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    conditions: Iterable[Mapping[str, Any]] = status.get("conditions", ())
    return next((each for each in conditions if each["type"] == wanted), {})


def in_words(explained: Mapping[str, Any]) -> str:
    """Join the machine's reason and the human's message, on one line."""
    return " ".join(": ".join(filter(None, (explained.get("reason"), explained.get("message")))).split())
