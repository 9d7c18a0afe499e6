"""What keeps a pod from being Ready, and whether that may be due to what it was given.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NOT_BEGUN = frozenset({"ContainerCreating", "PodInitializing"})
"""Why a container waits that will come by itself, or when a volume's Secret does."""

NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`failing`: a container runs, or was run and crashed, and is not ready; `since` is when one that runs began to."""

    reason: str
    failing: bool = False
    since: datetime | None = None


def obstacle(status: Mapping[str, Any]) -> Obstacle | None:
    """Return the most telling obstacle in a pod's status; None if the pod is Ready."""
    ready = condition(status, "Ready")
    if ready.get("status") == "True":
        return None
    evicted = condition(status, "DisruptionTarget")
    if evicted.get("status") == "True":
        return Obstacle(f"being evicted: {in_words(evicted)}")
    scheduled = condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return Obstacle(in_words(scheduled))
    found = sorted(containers(status), key=lambda each: not each.failing)
    return found[0] if found else Obstacle(in_words(ready) or status.get("phase", ""))


def containers(status: Mapping[str, Any]) -> Iterator[Obstacle]:
    """Yield what holds up each container that is held up, init containers first."""
    for each in status.get("initContainerStatuses", ()):
        if (reason := why_stopped(each)) and not completed(each):
            yield Obstacle(f"init container {each['name']}: {reason}", failing=crashed(each))
    for each in status.get("containerStatuses", ()):
        if reason := why_stopped(each):
            yield Obstacle(f"container {each['name']}: {reason}", failing=crashed(each))
        elif "running" in each["state"] and not each["ready"]:
            reason = f"container {each['name']} is not ready{after(each)}"
            yield Obstacle(reason, failing=True, since=began(each["state"]["running"]))


def began(running: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(running["startedAt"]) if "startedAt" in running else None


def why_stopped(container: Mapping[str, Any]) -> str:
    """Say why a container does not run; empty if it does, or waits for init containers, which say more themselves."""
    match container["state"]:
        case {"waiting": {"reason": "PodInitializing"}}:
            return ""
        case {"waiting": waiting}:
            return f"{in_words(waiting)}{after(container)}"
        case {"terminated": terminated}:
            return ended(terminated)
        case _:
            return ""


def crashed(container: Mapping[str, Any]) -> bool:
    """Say whether a container that does not run was run and ended, and is not held up by something else since."""
    if "waiting" not in container["state"]:
        return True
    reason = container["state"]["waiting"].get("reason")
    if reason in NOT_BEGUN | NO_IMAGE:
        return False
    return bool(reason == "CrashLoopBackOff" or last_end(container).get("exitCode", 0))


def completed(container: Mapping[str, Any]) -> bool:
    return bool(container["state"].get("terminated", {}).get("exitCode") == 0)


def after(container: Mapping[str, Any]) -> str:
    last = last_end(container)
    return f", after {ended(last)}" if last else ""


def last_end(container: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = container.get("lastState", {}).get("terminated", {})
    return found


def ended(terminated: Mapping[str, Any]) -> str:
    """A container's own last words are left out: they may quote anything."""
    return f"{terminated.get('reason', 'ended')} (exit code {terminated['exitCode']})"


def condition(status: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    conditions: Iterable[Mapping[str, Any]] = status.get("conditions", ())
    return next((each for each in conditions if each["type"] == wanted), {})


def in_words(explained: Mapping[str, Any]) -> str:
    """Join the machine's reason and the human's message, on one line."""
    return " ".join(": ".join(filter(None, (explained.get("reason"), explained.get("message")))).split())
