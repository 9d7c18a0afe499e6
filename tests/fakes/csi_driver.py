"""The Secrets Store CSI driver in memory: which versions it mounted into pods, and what its classes list."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.serving.place_observation import Mount, ProviderObject
from shared.inventory import Workload


class StartedPod(Protocol):
    """A pod with its name, and when it was created."""

    name: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """One look of the driver into the vault: `versions` by the names of secrets, seen by `pods`, or all if None."""

    at: datetime
    provider_class: str
    versions: Mapping[str, str]
    pods: Collection[str] | None

    def reaches(self, pod: StartedPod) -> bool:
        """Say whether the pod has these versions, or those of a later look. A pod mounts the newest when it starts."""
        return self.pods is None or pod.name in self.pods or self.at < pod.created


@dataclass(slots=True)
class FakeCsiDriver:
    """`classes` are the objects of SecretProviderClasses, by cluster, namespace and name. A workload that the driver
    never rotated mounts nothing."""

    classes: dict[tuple[str, str, str], tuple[ProviderObject, ...]] = field(default_factory=dict)
    rotations: dict[tuple[str, Workload], list[Rotation]] = field(default_factory=dict)

    def rotate(self, cluster: str, workload: Workload, rotation: Rotation) -> None:
        """Mount these versions from now on."""
        self.rotations.setdefault((cluster, workload), []).append(rotation)

    def mounts(self, cluster: str, workload: Workload, pods: Iterable[StartedPod]) -> Iterator[Mount]:
        for pod in pods:
            newest = {
                rotation.provider_class: rotation.versions
                for rotation in self.rotations.get((cluster, workload), ())
                if rotation.reaches(pod)
            }
            for provider_class, versions in sorted(newest.items()):
                yield Mount(pod.name, provider_class, mounted=True, versions=dict(versions))
