"""How far a StatefulSet's rollout is, as strict as `kubectl rollout status` and in nearly its words.

https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.adapters.kubernetes import templates
from shared.domain.places import Rollout
from shared.text import counted


def rollout(workload: Mapping[str, Any]) -> Rollout:
    """Read an apps/v1 StatefulSet. Done means that its controller has nothing more to do by itself."""
    spec = workload["spec"]
    replicas = spec.get("replicas", 1)
    waiting = why_waiting(workload, replicas)
    return Rollout(
        replicas,
        done=waiting is None,
        message=waiting or how_it_ended(workload, replicas),
        fixed=templates.fixed(spec["template"]),
        lacks=(*templates.lacks(spec["template"]), *hindrances(spec)),
    )


def why_waiting(workload: Mapping[str, Any], replicas: int) -> str | None:
    spec, status = workload["spec"], workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "waiting for the StatefulSet's update to be observed"
    if (missing := replicas - status.get("readyReplicas", 0)) > 0:
        return f"waiting for {counted(missing, 'pod')} to be ready"
    if is_on_delete(spec):
        return None
    updated, rolled = status.get("updatedReplicas", 0), max(replicas - partition(spec), 0)
    if updated < rolled:
        return f"waiting for the rollout to finish: {updated} out of {rolled} new pods have been updated"
    if partition(spec) == 0 and status.get("currentRevision") != status.get("updateRevision"):
        return (
            f"waiting for the rollout to finish: {counted(updated, 'pod')} at revision {status.get('updateRevision')}"
        )
    return None


def how_it_ended(workload: Mapping[str, Any], replicas: int) -> str:
    updated = workload["status"].get("updatedReplicas", 0)
    ended = f"rolled out: {updated} of {replicas} pods have the newest template"
    if updated < replicas and is_on_delete(workload["spec"]):
        return f"{ended}; with updateStrategy OnDelete the others get it when somebody deletes them"
    return ended


def hindrances(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings without which a restart does not reach every pod."""
    if is_on_delete(spec):
        yield "updateStrategy RollingUpdate"
    if partition(spec):
        yield "partition 0"


def is_on_delete(spec: Mapping[str, Any]) -> bool:
    return bool(spec.get("updateStrategy", {}).get("type") == "OnDelete")


def partition(spec: Mapping[str, Any]) -> int:
    """Return the ordinal below which pods keep the old template."""
    ordinal: int = spec.get("updateStrategy", {}).get("rollingUpdate", {}).get("partition", 0)
    return ordinal
