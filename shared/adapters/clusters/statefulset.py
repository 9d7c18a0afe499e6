"""How far a StatefulSet's rollout is, as strict as `kubectl rollout status` and in nearly its words.

https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.places import Rollout


def rollout(workload: Mapping[str, Any]) -> Rollout:
    """Read an apps/v1 StatefulSet. Done means that its controller has nothing more to do by itself."""
    replicas = workload["spec"].get("replicas", 1)
    waiting = why_waiting(workload, replicas)
    if waiting is not None:
        return Rollout(replicas, done=False, message=waiting)
    updated = workload["status"].get("updatedReplicas", 0)
    return Rollout(replicas, done=True, message=f"rolled out: {updated} of {replicas} pods have the newest template")


def why_waiting(workload: Mapping[str, Any], replicas: int) -> str | None:
    spec, status = workload["spec"], workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "waiting for the StatefulSet's update to be observed"
    if (missing := replicas - status.get("readyReplicas", 0)) > 0:
        return f"waiting for {missing} pods to be ready"
    strategy = spec.get("updateStrategy", {})
    if strategy.get("type") == "OnDelete":
        return None
    partition = strategy.get("rollingUpdate", {}).get("partition", 0)
    updated, rolled = status.get("updatedReplicas", 0), max(replicas - partition, 0)
    if updated < rolled:
        return f"waiting for the rollout to finish: {updated} out of {rolled} new pods have been updated"
    if partition == 0 and status.get("currentRevision") != status.get("updateRevision"):
        return f"waiting for the rollout to finish: {updated} pods at revision {status.get('updateRevision')}"
    return None
