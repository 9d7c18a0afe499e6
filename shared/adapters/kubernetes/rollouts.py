"""StatefulSets and Deployments: how far a rollout is, what a restart would cost, and how to restart.

As strict as `kubectl rollout status`, and nearly in its words.
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes.client import AppsV1Api

from shared.domain.serving.place_observation import Rollout
from shared.text import counted

RESTARTED_FOR = "relaykeeper/restarted-for"
"""The annotation of a pod template whose value is the cause of the last restart of ours."""


def restart_patch(cause: str) -> dict[str, Any]:
    """Return the strategic merge patch that restarts a workload's pods, unless `cause` is the value already."""
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_FOR: cause}}}}}


def statefulset_rollout(workload: Mapping[str, Any]) -> Rollout:
    """Read an apps/v1 StatefulSet. Done means that its controller has nothing more to do by itself."""
    spec, updated = workload["spec"], workload["status"].get("updatedReplicas", 0)
    replicas = spec.get("replicas", 1)
    result = f"rolled out: {updated} of {replicas} pods have the newest template"
    if updated < replicas and is_on_delete(spec):
        result = f"{result}; with updateStrategy OnDelete the others get it when somebody deletes them"
    waiting = why_statefulset_waits(workload, replicas)
    return Rollout(
        replicas,
        done=waiting is None,
        message=waiting or result,
        subpath_secrets=secrets_without_updates(spec["template"]),
        missing=(*missing_for_restart(spec["template"]), *statefulset_hindrances(spec)),
    )


def why_statefulset_waits(workload: Mapping[str, Any], replicas: int) -> str | None:
    spec, status = workload["spec"], workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "waiting for the StatefulSet's update to be observed"
    if (missing := replicas - status.get("readyReplicas", 0)) > 0:
        return f"waiting for {counted(missing, 'pod')} to be ready"
    if is_on_delete(spec):
        return None
    updated, wanted = status.get("updatedReplicas", 0), max(replicas - partition(spec), 0)
    if updated < wanted:
        return f"waiting for the rollout to finish: {updated} out of {wanted} new pods have been updated"
    if partition(spec) == 0 and status.get("currentRevision") != status.get("updateRevision"):
        return (
            f"waiting for the rollout to finish: {counted(updated, 'pod')} at revision {status.get('updateRevision')}"
        )
    return None


def statefulset_hindrances(spec: Mapping[str, Any]) -> Iterator[str]:
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


def deployment_rollout(workload: Mapping[str, Any]) -> Rollout:
    """Read an apps/v1 Deployment."""
    spec = workload["spec"]
    replicas = spec.get("replicas", 1)
    waiting = why_deployment_waits(workload, replicas)
    return Rollout(
        replicas,
        done=waiting is None,
        message=waiting or f"rolled out: {replicas} of {replicas} pods have the newest template",
        subpath_secrets=secrets_without_updates(spec["template"]),
        missing=(*missing_for_restart(spec["template"]), *deployment_hindrances(spec)),
    )


def why_deployment_waits(workload: Mapping[str, Any], replicas: int) -> str | None:
    status = workload["status"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "waiting for the Deployment's update to be observed"
    if has_exceeded_deadline(status):
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


def has_exceeded_deadline(status: Mapping[str, Any]) -> bool:
    conditions = status.get("conditions", ())
    return any(
        each["type"] == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded" for each in conditions
    )


def deployment_hindrances(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings without which a restart reaches no pod, or all at once."""
    if spec.get("paused"):
        yield "paused false"
    if spec.get("strategy", {}).get("type") == "Recreate":
        yield "strategy RollingUpdate"


def secrets_without_updates(template: Mapping[str, Any]) -> frozenset[str]:
    """Return the Secrets that containers mount by `subPath`: running pods never see them change.

    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
    """
    spec = template["spec"]
    sources = {volume["name"]: frozenset(secrets_of_volume(volume)) for volume in spec.get("volumes", ())}
    mounts = (mount for container in spec["containers"] for mount in container.get("volumeMounts", ()))
    return frozenset().union(
        *(sources.get(mount["name"], ()) for mount in mounts if mount.get("subPath") or mount.get("subPathExpr"))
    )


def secrets_of_volume(volume: Mapping[str, Any]) -> Iterator[str]:
    if "secret" in volume:
        yield volume["secret"]["secretName"]
    for source in volume.get("projected", {}).get("sources") or ():
        if "secret" in source:
            yield source["secret"]["name"]


def missing_for_restart(template: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what some serving container lacks, so that a restart would fail sessions."""
    serving = serving_containers(template["spec"]["containers"])
    missing = {
        "readinessProbe": any("readinessProbe" not in container for container in serving),
        "preStop": any("preStop" not in container.get("lifecycle", {}) for container in serving),
    }
    return tuple(name for name, is_missing in missing.items() if is_missing)


def serving_containers(containers: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the containers that declare ports: one without is a sidecar. Where none does, each may serve."""
    return [container for container in containers if container.get("ports")] or containers


@dataclass(frozen=True, slots=True)
class WorkloadApi:
    """How one kind of workload is read and changed. `read` and `patch` are methods of AppsV1Api: they take it, a name
    and a namespace. `rollout` reads what `read` returns."""

    read: Callable[..., Any]
    patch: Callable[..., Any]
    rollout: Callable[[Mapping[str, Any]], Rollout]


WORKLOAD_APIS: Mapping[str, WorkloadApi] = {
    "statefulset": WorkloadApi(
        AppsV1Api.read_namespaced_stateful_set, AppsV1Api.patch_namespaced_stateful_set, statefulset_rollout
    ),
    "deployment": WorkloadApi(
        AppsV1Api.read_namespaced_deployment, AppsV1Api.patch_namespaced_deployment, deployment_rollout
    ),
}
