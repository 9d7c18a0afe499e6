"""What a pod asks of the node: a Kubernetes Pod object, reduced to what this node implements."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

DEFAULT_GRACE = 30.0

CSI_DRIVER = "secrets-store.csi.k8s.io"


class NotImplementedByNodeError(Exception):
    """The pod asks for something that this node does not do."""


@dataclass(frozen=True, slots=True)
class SecretVolume:
    name: str
    secret: str
    optional: bool


@dataclass(frozen=True, slots=True)
class CsiVolume:
    """A volume of the Secrets Store CSI driver."""

    name: str
    provider_class: str


@dataclass(frozen=True, slots=True)
class EmptyVolume:
    name: str


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume, or with `sub_path` one entry of it, at an absolute `path` of the container."""

    volume: str
    path: PurePosixPath
    sub_path: str | None


@dataclass(frozen=True, slots=True)
class PodSpec:
    """The one container of a pod, which is taken for a relay whatever its image.

    `pre_stop` and `grace` are seconds; `grace` includes `pre_stop`. `ports` are container ports, by name if they have
    one and by number. `probe` is the port of the readiness probe, None if there is none.
    """

    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str]
    container: str
    image: str
    ports: Mapping[str | int, int]
    volumes: tuple[SecretVolume | CsiVolume | EmptyVolume, ...]
    mounts: tuple[Mount, ...]
    pre_stop: float
    grace: float
    probe: int | None = None

    @property
    def secrets(self) -> tuple[SecretVolume, ...]:
        return tuple(volume for volume in self.volumes if isinstance(volume, SecretVolume))

    @property
    def csi_volumes(self) -> tuple[CsiVolume, ...]:
        return tuple(volume for volume in self.volumes if isinstance(volume, CsiVolume))

    @property
    def folder_name(self) -> str:
        return f"{self.name}-{self.uid[:8]}"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} ({self.uid[:8]})"


def podspec(pod: Any) -> PodSpec:
    """Translate a V1Pod; raises NotImplementedByNodeError."""
    if len(pod.spec.containers) != 1 or pod.spec.init_containers:
        raise NotImplementedByNodeError("pods with several containers")
    container = pod.spec.containers[0]
    ports = {
        key: port.container_port for port in container.ports or [] for key in (port.name, port.container_port) if key
    }
    return PodSpec(
        namespace=pod.metadata.namespace,
        name=pod.metadata.name,
        uid=pod.metadata.uid,
        labels=pod.metadata.labels or {},
        container=container.name,
        image=container.image,
        ports=ports,
        volumes=tuple(volume(each) for each in pod.spec.volumes or []),
        mounts=tuple(
            Mount(each.name, PurePosixPath(each.mount_path), each.sub_path) for each in container.volume_mounts or []
        ),
        pre_stop=pre_stop_of(container.lifecycle),
        grace=grace_of(pod),
        probe=probe_of(container.readiness_probe, ports),
    )


def volume(described: Any) -> SecretVolume | CsiVolume | EmptyVolume:
    if described.empty_dir:
        return EmptyVolume(described.name)
    if described.csi and described.csi.driver == CSI_DRIVER:
        return CsiVolume(described.name, described.csi.volume_attributes["secretProviderClass"])
    if described.secret and not described.secret.items:
        return SecretVolume(described.name, described.secret.secret_name, bool(described.secret.optional))
    raise NotImplementedByNodeError(
        f"volume {described.name}: neither an emptyDir nor a whole Secret, nor of {CSI_DRIVER}"
    )


def probe_of(probe: Any, ports: Mapping[str | int, int]) -> int | None:
    """Its port, be it the container's or one where nobody listens."""
    if probe is None:
        return None
    if probe.tcp_socket is None:
        raise NotImplementedByNodeError("readiness probes other than tcpSocket")
    port = probe.tcp_socket.port
    if isinstance(port, int):
        return port
    if port not in ports:
        raise NotImplementedByNodeError(f"a readiness probe of port {port}, which the container does not name")
    return ports[port]


def pre_stop_of(lifecycle: Any) -> float:
    if lifecycle is None or lifecycle.pre_stop is None:
        return 0.0
    if lifecycle.pre_stop.sleep is None:
        raise NotImplementedByNodeError("preStop hooks other than sleep")
    return float(lifecycle.pre_stop.sleep.seconds)


def grace_of(pod: Any) -> float:
    """The deletion's own grace period if the pod is being deleted, else the pod's."""
    for seconds in (pod.metadata.deletion_grace_period_seconds, pod.spec.termination_grace_period_seconds):
        if seconds is not None:
            return float(seconds)
    return DEFAULT_GRACE
