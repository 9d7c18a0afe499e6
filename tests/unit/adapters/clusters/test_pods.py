"""Which pods are a relay's replicas, and what keeps one from being Ready."""

from typing import Any

import pytest

from shared.adapters.clusters.pods import is_active, pod, runs_for
from shared.domain.inventory import Workload
from shared.domain.places import Pod

STATEFULSET = Workload("mailrelay", "statefulset", "mailrelay")
DEPLOYMENT = Workload("mailrelay", "deployment", "mailrelay")


def item(*, owner: tuple[str, str] = ("StatefulSet", "mailrelay"), template: str = "", **status: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": "mailrelay-0",
        "ownerReferences": [{"kind": owner[0], "name": owner[1]}],
        "labels": {"pod-template-hash": template} if template else {},
    }
    return {"metadata": metadata, "status": {"phase": "Running"} | status}


def condition(kind: str, status: str, reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def waiting(reason: str, message: str = "") -> list[dict[str, Any]]:
    return [{"name": "exim", "state": {"waiting": {"reason": reason, "message": message}}}]


def test_a_statefulsets_pods_are_its_own() -> None:
    assert runs_for(item(), STATEFULSET)
    assert not runs_for(item(owner=("StatefulSet", "mailrelay2")), STATEFULSET)
    assert not runs_for(item(), DEPLOYMENT)


def test_a_deployments_pods_are_those_of_its_replica_sets() -> None:
    assert runs_for(item(owner=("ReplicaSet", "mailrelay-5d4f"), template="5d4f"), DEPLOYMENT)
    assert not runs_for(item(owner=("ReplicaSet", "mailrelay-blue-5d4f"), template="5d4f"), DEPLOYMENT)
    assert not runs_for(item(owner=("ReplicaSet", "mailrelay-5d4f")), DEPLOYMENT)


def test_a_pod_without_an_owner_is_nobodys() -> None:
    bare = item()
    del bare["metadata"]["ownerReferences"]

    assert not runs_for(bare, STATEFULSET)


def test_a_pod_that_ends_or_has_ended_is_no_replica() -> None:
    leaving = item()
    leaving["metadata"]["deletionTimestamp"] = "2026-11-22T12:00:00Z"

    assert is_active(item())
    assert not is_active(leaving)
    assert not is_active(item(phase="Failed", reason="Evicted"))


def test_a_ready_pod_needs_no_reason() -> None:
    ready = item(podIP="10.0.0.1", conditions=[condition("Ready", "True")])

    assert pod(ready) == Pod("mailrelay-0", "10.0.0.1", ready=True)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {"containerStatuses": waiting("CrashLoopBackOff", "back-off 5m0s\nrestarting")},
            "CrashLoopBackOff: back-off 5m0s restarting",
        ),
        ({"containerStatuses": waiting("ContainerCreating")}, "ContainerCreating"),
        (
            {
                "initContainerStatuses": waiting("ImagePullBackOff"),
                "containerStatuses": waiting("PodInitializing"),
            },
            "ImagePullBackOff",
        ),
        (
            {"conditions": [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")]},
            "Unschedulable: 0/3 nodes are available",
        ),
        (
            {
                "conditions": [
                    condition("Ready", "False", "ContainersNotReady", "containers with unready status: [exim]")
                ]
            },
            "ContainersNotReady: containers with unready status: [exim]",
        ),
        ({}, ""),
    ],
)
def test_an_unready_pod_gives_its_most_telling_reason(status: dict[str, Any], reason: str) -> None:
    seen = pod(item(**status))

    assert (seen.ready, seen.address, seen.reason) == (False, None, reason)
