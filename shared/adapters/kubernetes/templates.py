"""What a pod template says about restarts: whether pods see changed Secrets without one, and what one costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

type Container = Mapping[str, Any]


def fixed(template: Mapping[str, Any]) -> frozenset[str]:
    """Return the Secrets that containers mount by `subPath`, which running pods never see change.

    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
    """
    spec = template["spec"]
    sources = {volume["name"]: frozenset(secrets_of(volume)) for volume in spec.get("volumes", ())}
    mounts = (mount for container in spec["containers"] for mount in container.get("volumeMounts", ()))
    return frozenset().union(
        *(sources.get(mount["name"], ()) for mount in mounts if mount.get("subPath") or mount.get("subPathExpr"))
    )


def secrets_of(volume: Mapping[str, Any]) -> Iterator[str]:
    if "secret" in volume:
        yield volume["secret"]["secretName"]
    for source in volume.get("projected", {}).get("sources") or ():
        if "secret" in source:
            yield source["secret"]["name"]


def lacks(template: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what some serving container has not, so that a restart fails sessions."""
    serving = with_ports(template["spec"]["containers"])
    missing = {
        "readinessProbe": any("readinessProbe" not in container for container in serving),
        "preStop": any("preStop" not in container.get("lifecycle", {}) for container in serving),
    }
    return tuple(name for name, is_missing in missing.items() if is_missing)


def with_ports(containers: Sequence[Container]) -> Sequence[Container]:
    """Return the containers that declare ports: one without is a sidecar. Where none does, all may serve."""
    return [container for container in containers if container.get("ports")] or containers
