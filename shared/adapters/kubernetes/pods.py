"""Pods: which belong to a workload, which count as replicas, and why one is not Ready.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.domain.serving.place_observation import Pod
from shared.inventory import Workload

ENDED = ("Succeeded", "Failed")

NOT_STARTED = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons of a container that waits and starts by itself, or as soon as a volume's Secret exists."""

NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"})


class NotReady(NamedTuple):
    """Why a pod is not Ready; the fields are those of `Pod`."""

    reason: str
    failing: bool = False
    since: datetime | None = None


def belongs_to(pod: Mapping[str, Any], workload: Workload) -> bool:
    """Say whether the workload owns the pod; a Deployment owns its pods through ReplicaSets."""
    metadata = pod["metadata"]
    if workload.kind == "statefulset":
        owner = ("StatefulSet", workload.name)
    else:
        owner = ("ReplicaSet", f"{workload.name}-{metadata.get('labels', {}).get('pod-template-hash')}")
    return any((each["kind"], each["name"]) == owner for each in metadata.get("ownerReferences", ()))


def is_active(pod: Mapping[str, Any]) -> bool:
    """Say whether the pod counts as a replica, as the controllers do: neither being deleted nor ended."""
    return not is_terminating(pod) and pod["status"].get("phase") not in ENDED


def is_terminating(pod: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def read_pod(pod: Mapping[str, Any]) -> Pod:
    """Read a v1 Pod."""
    name, address = pod["metadata"]["name"], pod["status"].get("podIP")
    not_ready = why_not_ready(pod["status"])
    return Pod(name, address, ready=True) if not_ready is None else Pod(name, address, False, *not_ready)


def why_blocking(pod: Mapping[str, Any]) -> str | None:
    """Say why the rollout of the workload that owns this pod waits for it; None if it does not."""
    name = f"pod {pod['metadata']['name']}"
    if is_terminating(pod):
        node = f" on node {pod['spec']['nodeName']}" if pod["spec"].get("nodeName") else ""
        return f"{name} is terminating since {deletion_time(pod['metadata']):%Y-%m-%dT%H:%M:%SZ}{node}"
    not_ready = why_not_ready(pod["status"])
    return f"{name}: {not_ready.reason}" if not_ready and is_active(pod) else None


def deletion_time(metadata: Mapping[str, Any]) -> datetime:
    """Return when the deletion was requested: `deletionTimestamp` is the end of the grace period."""
    grace = timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
    return datetime.fromisoformat(metadata["deletionTimestamp"]) - grace


def why_not_ready(status: Mapping[str, Any]) -> NotReady | None:
    """Return the most informative reason in a pod's status; None if the pod is Ready."""
    ready = find_condition(status, "Ready")
    if ready.get("status") == "True":
        return None
    evicted = find_condition(status, "DisruptionTarget")
    if evicted.get("status") == "True":
        return NotReady(f"being evicted: {reason_and_message(evicted)}")
    scheduled = find_condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return NotReady(reason_and_message(scheduled))
    found = sorted(containers_not_ready(status), key=lambda each: not each.failing)
    return found[0] if found else NotReady(reason_and_message(ready) or status.get("phase", ""))


def containers_not_ready(status: Mapping[str, Any]) -> Iterator[NotReady]:
    """Yield a reason for each container that is not ready, init containers first."""
    for each in status.get("initContainerStatuses", ()):
        if (reason := why_not_running(each)) and not has_completed(each):
            yield NotReady(f"init container {each['name']}: {reason}", failing=has_crashed(each))
    for each in status.get("containerStatuses", ()):
        if reason := why_not_running(each):
            yield NotReady(f"container {each['name']}: {reason}", failing=has_crashed(each))
        elif "running" in each["state"] and not each["ready"]:
            started = each["state"]["running"].get("startedAt")
            reason = f"container {each['name']} is not ready{after_last_exit(each)}"
            yield NotReady(reason, failing=True, since=datetime.fromisoformat(started) if started else None)


def why_not_running(container: Mapping[str, Any]) -> str:
    """Say why a container does not run; empty if it does, or waits for init containers, which have their own reason."""
    match container["state"]:
        case {"waiting": {"reason": "PodInitializing"}}:
            return ""
        case {"waiting": waiting}:
            return f"{reason_and_message(waiting)}{after_last_exit(container)}"
        case {"terminated": terminated}:
            return describe_exit(terminated)
        case _:
            return ""


def has_crashed(container: Mapping[str, Any]) -> bool:
    """Say whether a container that does not run has run and ended, and waits for nothing else since."""
    if "waiting" not in container["state"]:
        return True
    reason = container["state"]["waiting"].get("reason")
    if reason in NOT_STARTED | NO_IMAGE:
        return False
    return bool(reason == "CrashLoopBackOff" or last_exit(container).get("exitCode", 0))


def has_completed(container: Mapping[str, Any]) -> bool:
    return bool(container["state"].get("terminated", {}).get("exitCode") == 0)


def after_last_exit(container: Mapping[str, Any]) -> str:
    last = last_exit(container)
    return f", after {describe_exit(last)}" if last else ""


def last_exit(container: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = container.get("lastState", {}).get("terminated", {})
    return found


def describe_exit(terminated: Mapping[str, Any]) -> str:
    """Leave out the container's own `message`: it may quote anything."""
    return f"{terminated.get('reason', 'ended')} (exit code {terminated['exitCode']})"


def find_condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    conditions: Iterable[Mapping[str, Any]] = status.get("conditions", ())
    return next((each for each in conditions if each["type"] == kind), {})


def reason_and_message(explained: Mapping[str, Any]) -> str:
    return " ".join(": ".join(filter(None, (explained.get("reason"), explained.get("message")))).split())
