"""Which pods are a relay's replicas, and what keeps one from being Ready."""

from typing import Any

from shared.adapters.kubernetes.pods import belongs_to, is_active, read_pod, why_blocking
from shared.domain.serving.place_observation import Pod
from shared.inventory import Workload

STATEFULSET = Workload("mailrelay", "statefulset", "mailrelay")
DEPLOYMENT = Workload("mailrelay", "deployment", "mailrelay")


def item(*, owner: tuple[str, str] = ("StatefulSet", "mailrelay"), template: str = "", **status: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": "mailrelay-0",
        "ownerReferences": [{"kind": owner[0], "name": owner[1]}],
        "labels": {"pod-template-hash": template} if template else {},
    }
    return {"metadata": metadata, "spec": {}, "status": {"phase": "Running"} | status}


def test_a_statefulsets_pods_are_its_own() -> None:
    assert belongs_to(item(), STATEFULSET)
    assert not belongs_to(item(owner=("StatefulSet", "mailrelay2")), STATEFULSET)
    assert not belongs_to(item(), DEPLOYMENT)


def test_a_deployments_pods_are_those_of_its_replica_sets() -> None:
    assert belongs_to(item(owner=("ReplicaSet", "mailrelay-5d4f"), template="5d4f"), DEPLOYMENT)
    assert not belongs_to(item(owner=("ReplicaSet", "mailrelay-blue-5d4f"), template="5d4f"), DEPLOYMENT)
    assert not belongs_to(item(owner=("ReplicaSet", "mailrelay-5d4f")), DEPLOYMENT)


def test_a_pod_without_an_owner_is_nobodys() -> None:
    bare = item()
    del bare["metadata"]["ownerReferences"]

    assert not belongs_to(bare, STATEFULSET)


def test_a_pod_that_ends_or_has_ended_is_no_replica() -> None:
    leaving = item()
    leaving["metadata"]["deletionTimestamp"] = "2026-11-22T12:00:00Z"

    assert is_active(item())
    assert not is_active(leaving)
    assert not is_active(item(phase="Failed", reason="Evicted"))


def test_a_ready_pod_needs_no_reason() -> None:
    ready = item(podIP="10.0.0.1", conditions=[{"type": "Ready", "status": "True"}])

    assert read_pod(ready) == Pod("mailrelay-0", "10.0.0.1", ready=True)
    assert why_blocking(ready) is None


def test_a_crashed_pod_says_so_and_blocks_its_rollout() -> None:
    container = {"name": "exim", "ready": False, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    crashed = item(containerStatuses=[container])

    assert read_pod(crashed) == Pod(
        "mailrelay-0", None, ready=False, reason="container exim: CrashLoopBackOff", failing=True
    )
    assert why_blocking(crashed) == "pod mailrelay-0: container exim: CrashLoopBackOff"


def test_a_pod_that_is_being_deleted_is_named_with_the_time_of_its_deletion_and_its_node() -> None:
    leaving = item(conditions=[{"type": "Ready", "status": "True"}])
    leaving["metadata"] |= {"deletionTimestamp": "2026-11-22T12:01:00Z", "deletionGracePeriodSeconds": 60}
    leaving["spec"] = {"nodeName": "aks-1"}

    assert why_blocking(leaving) == "pod mailrelay-0 is terminating since 2026-11-22T12:00:00Z on node aks-1"


def test_a_pod_that_was_evicted_keeps_nobody_waiting() -> None:
    assert why_blocking(item(phase="Failed", reason="Evicted")) is None
