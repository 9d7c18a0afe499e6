"""Pod status as a kubelet reports it: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/

Bodies are JSON merge patches. (A strategic merge patch that replaces podIPs is refused.)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.node.podspec import PodSpec

type Json = dict[str, Any]

HOST_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ContainerState:
    """The state of a pod's container; `state` and `last_state` are the API's ContainerState."""

    state: Json = field(default_factory=lambda: waiting("ContainerCreating"))
    last_state: Json = field(default_factory=dict)
    ready: bool = False
    restarts: int = 0

    @property
    def phase(self) -> str:
        return "Pending" if self.state.get("waiting", {}).get("reason") == "ContainerCreating" else "Running"


def waiting(reason: str, message: str | None = None) -> Json:
    return {"waiting": {"reason": reason, "message": message}}


def running(since: str) -> Json:
    return {"running": {"startedAt": since}}


def terminated(exit_status: int, started: str, finished: str) -> Json:
    """A container that a signal ended shows 128 + its number, as a shell does."""
    code = exit_status if exit_status >= 0 else 128 - exit_status
    reason = "Completed" if code == 0 else "Error"
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": finished}}


def conditions(container: ContainerState, previous: Iterable[Json], now: str) -> list[Json]:
    """The pod's conditions; the time of one that did not change is kept."""
    before = {condition["type"]: condition for condition in previous}
    wanted = {
        "PodScheduled": True,
        "Initialized": True,
        "PodReadyToStartContainers": container.phase == "Running",
        "ContainersReady": container.ready,
        "Ready": container.ready,
    }
    return [changed(before.get(kind), kind, str(holds), now) for kind, holds in wanted.items()]


def changed(before: Json | None, kind: str, status: str, now: str) -> Json:
    if before and before["status"] == status:
        return before
    return {"type": kind, "status": status, "lastTransitionTime": now}


def unscheduled(now: str) -> Json:
    """The one condition of a pod that no node takes."""
    return {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 node(s) were unschedulable.",
        "lastTransitionTime": now,
    }


def pod_status(container: ContainerState, pod: PodSpec, address: str, conditions: list[Json]) -> Json:
    return {
        "phase": container.phase,
        "hostIP": HOST_ADDRESS,
        "hostIPs": [{"ip": HOST_ADDRESS}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": conditions,
        "containerStatuses": [
            {
                "name": pod.container,
                "image": pod.image,
                "imageID": "",
                "state": container.state,
                "lastState": container.last_state,
                "ready": container.ready,
                "started": "running" in container.state,
                "restartCount": container.restarts,
            }
        ],
    }


def timestamp() -> str:
    """Now, as the API writes times."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
