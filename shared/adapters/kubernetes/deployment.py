"""How far a Deployment's rollout is, as strict as `kubectl rollout status` and in nearly its words.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.adapters.kubernetes import templates
from shared.domain.places import Rollout


def rollout(workload: Mapping[str, Any]) -> Rollout:
    """Read an apps/v1 Deployment."""
    spec = workload["spec"]
    replicas = spec.get("replicas", 1)
    waiting = why_waiting(workload, replicas)
    return Rollout(
        replicas,
        done=waiting is None,
        message=waiting or f"rolled out: {replicas} of {replicas} pods have the newest template",
        fixed=templates.fixed(spec["template"]),
        lacks=(*templates.lacks(spec["template"]), *hindrances(spec)),
    )


def why_waiting(workload: Mapping[str, Any], replicas: int) -> str | None:
    status = workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "waiting for the Deployment's update to be observed"
    if exceeded_deadline(status):
        return "the rollout exceeded its progress deadline"
    updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
    if updated < replicas:
        paused = " (the Deployment is paused)" if workload["spec"].get("paused") else ""
        return f"waiting for the rollout to finish: {updated} out of {replicas} new pods have been updated{paused}"
    if total > updated:
        return f"waiting for the rollout to finish: {total - updated} old pods are pending termination"
    if (available := status.get("availableReplicas", 0)) < updated:
        return f"waiting for the rollout to finish: {available} of {updated} updated pods are available"
    return None


def exceeded_deadline(status: Mapping[str, Any]) -> bool:
    conditions = status.get("conditions", ())
    return any(
        each["type"] == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded" for each in conditions
    )


def hindrances(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings without which a restart reaches no pod, or all at once."""
    if spec.get("paused"):
        yield "paused false"
    if spec.get("strategy", {}).get("type") == "Recreate":
        yield "strategy RollingUpdate"
