"""The two kinds of workload: how each is read and patched, and what tells how far its rollout is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.client import AppsV1Api

from shared.adapters.kubernetes import deployment, statefulset
from shared.domain.places import Rollout


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` and `patch` are methods of AppsV1Api; they take it, the name and the namespace."""

    read: Callable[..., Any]
    patch: Callable[..., Any]
    rollout: Callable[[Mapping[str, Any]], Rollout]


KINDS: Mapping[str, Kind] = {
    "statefulset": Kind(
        AppsV1Api.read_namespaced_stateful_set, AppsV1Api.patch_namespaced_stateful_set, statefulset.rollout
    ),
    "deployment": Kind(AppsV1Api.read_namespaced_deployment, AppsV1Api.patch_namespaced_deployment, deployment.rollout),
}
