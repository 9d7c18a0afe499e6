"""Pods: whose they are, what keeps one from being Ready, and since when one is leaving."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.kubernetes.obstacles import obstacle
from shared.domain.places import Pod
from shared.inventory import Workload

ENDED = ("Succeeded", "Failed")


def is_leaving(pod: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_active(pod: Mapping[str, Any]) -> bool:
    """Say whether the pod counts as a replica, as the controllers do: not being deleted, not ended (as if evicted)."""
    return not is_leaving(pod) and pod["status"].get("phase") not in ENDED


def runs_for(pod: Mapping[str, Any], workload: Workload) -> bool:
    """Say whether the pod belongs to the workload; a Deployment owns its pods through ReplicaSets."""
    metadata = pod["metadata"]
    if workload.kind == "statefulset":
        owner = ("StatefulSet", workload.name)
    else:
        owner = ("ReplicaSet", f"{workload.name}-{metadata.get('labels', {}).get('pod-template-hash')}")
    return any((each["kind"], each["name"]) == owner for each in metadata.get("ownerReferences", ()))


def pod(item: Mapping[str, Any]) -> Pod:
    """Read a v1 Pod."""
    name, address = item["metadata"]["name"], item["status"].get("podIP")
    unready = obstacle(item["status"])
    if unready is None:
        return Pod(name, address, ready=True)
    return Pod(name, address, ready=False, reason=unready.reason, failing=unready.failing, since=unready.since)


def what_blocks(item: Mapping[str, Any]) -> str | None:
    """Say why a workload waits for this pod of its own; None if it does not."""
    name = f"pod {item['metadata']['name']}"
    if is_leaving(item):
        return f"{name} is terminating since {leaving_since(item['metadata']):%Y-%m-%dT%H:%M:%SZ}{node(item)}"
    unready = obstacle(item["status"])
    return f"{name}: {unready.reason}" if unready and is_active(item) else None


def leaving_since(metadata: Mapping[str, Any]) -> datetime:
    """Return when the deletion was asked for: the time stamp is the end of the grace period."""
    grace = timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
    return datetime.fromisoformat(metadata["deletionTimestamp"]) - grace


def node(item: Mapping[str, Any]) -> str:
    name = item["spec"].get("nodeName")
    return f" on node {name}" if name else ""
