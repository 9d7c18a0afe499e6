"""What keeps a pod from being Ready is named with its container, and told from what was given to the pod."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.kubernetes.pods import NotReady, why_not_ready

CRASHED = {"terminated": {"exitCode": 1, "reason": "Error", "message": "what the container said itself"}}
COMPLETED = {"terminated": {"exitCode": 0, "reason": "Completed"}}
RUNNING = {"running": {"startedAt": "2026-11-22T12:00:00Z"}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def container(state: dict[str, Any], last: dict[str, Any] | None = None, name: str = "exim") -> dict[str, Any]:
    return {"name": name, "ready": False, "state": state, "lastState": last or {}}


def exim(state: dict[str, Any], last: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"containerStatuses": [container(state, last)]}


def condition(kind: str, status: str, reason: str = "", message: str = "") -> list[dict[str, str]]:
    return [{"type": kind, "status": status, "reason": reason, "message": message}]


def test_nothing_keeps_a_ready_pod() -> None:
    assert why_not_ready({"conditions": condition("Ready", "True")} | exim(RUNNING, CRASHED)) is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            exim(waiting("CrashLoopBackOff", "back-off 5m0s\nrestarting"), CRASHED),
            "container exim: CrashLoopBackOff: back-off 5m0s restarting, after Error (exit code 1)",
        ),
        (
            exim(waiting("CrashLoopBackOff"), COMPLETED),
            "container exim: CrashLoopBackOff, after Completed (exit code 0)",
        ),
        (exim(waiting("RunContainerError"), CRASHED), "container exim: RunContainerError, after Error (exit code 1)"),
        (exim(CRASHED), "container exim: Error (exit code 1)"),
        (exim(COMPLETED), "container exim: Completed (exit code 0)"),
        (exim(RUNNING), "container exim is not ready"),
        (exim(RUNNING, CRASHED), "container exim is not ready, after Error (exit code 1)"),
        (
            {"initContainerStatuses": [container(CRASHED, name="check")]} | exim(waiting("PodInitializing")),
            "init container check: Error (exit code 1)",
        ),
        (
            {"containerStatuses": [container(waiting("ImagePullBackOff"), name="sidecar"), container(RUNNING)]},
            "container exim is not ready",
        ),
    ],
)
def test_a_pod_that_runs_or_crashed_is_failing(status: dict[str, Any], reason: str) -> None:
    found = why_not_ready(status)
    assert found is not None
    assert (found.reason, found.failing) == (reason, True)


def test_a_container_that_runs_says_since_when() -> None:
    found = why_not_ready(exim(RUNNING))
    assert found is not None
    assert found.since == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {"conditions": condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")},
            "Unschedulable: 0/3 nodes are available",
        ),
        (exim(waiting("ContainerCreating")), "container exim: ContainerCreating"),
        (exim(waiting("ErrImagePull", "not found")), "container exim: ErrImagePull: not found"),
        (
            exim(waiting("ImagePullBackOff"), CRASHED),
            "container exim: ImagePullBackOff, after Error (exit code 1)",
        ),
        (exim(waiting("InvalidImageName")), "container exim: InvalidImageName"),
        (
            exim(waiting("ContainerCreating"), CRASHED),
            "container exim: ContainerCreating, after Error (exit code 1)",
        ),
        (
            {
                "initContainerStatuses": [container(waiting("ImagePullBackOff"), name="check")],
                "containerStatuses": [container(waiting("PodInitializing"))],
            },
            "init container check: ImagePullBackOff",
        ),
        (
            {
                "initContainerStatuses": [container(COMPLETED, name="check"), container(RUNNING, name="wait")],
                "containerStatuses": [container(waiting("PodInitializing"))],
                "conditions": condition("Ready", "False", "ContainersNotInitialized", "incomplete status: [wait]"),
            },
            "ContainersNotInitialized: incomplete status: [wait]",
        ),
        (
            {"conditions": condition("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting")}
            | exim(RUNNING, CRASHED),
            "being evicted: EvictionByEvictionAPI: Eviction API: evicting",
        ),
        (
            {
                "conditions": condition("Ready", "False", "ReadinessGatesNotReady"),
                "containerStatuses": [container(RUNNING) | {"ready": True}],
            },
            "ReadinessGatesNotReady",
        ),
        ({"phase": "Pending"}, "Pending"),
    ],
)
def test_a_pod_that_never_ran_or_has_to_go_is_not_failing(status: dict[str, Any], reason: str) -> None:
    assert why_not_ready(status) == NotReady(reason, failing=False)


def test_an_eviction_that_did_not_happen_is_no_obstacle() -> None:
    spared = {"conditions": condition("DisruptionTarget", "False", "EvictionByEvictionAPI")} | exim(RUNNING)

    found = why_not_ready(spared)
    assert found is not None
    assert found.reason == "container exim is not ready"


def test_what_a_container_said_itself_is_not_repeated() -> None:
    assert "said itself" not in str(why_not_ready(exim(CRASHED)))
