"""What is seen at one place (`relay@cluster`): its Secret, its pods, what each of them serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.domain.serving.probe import ProbeResult
from shared.errors import OutOfTime, PermanentError, Unforeseen

UnreachableReason = Literal["ClusterUnreachable", "ObservationRefused", "NotObserved"]

OfflineReason = Literal["ClusterPaused", "ClusterSuspended", "ClusterAsleep"]


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """One entry of an object's managedFields: `applied` by server-side apply, else written by an update."""

    name: str
    applied: bool


@dataclass(frozen=True, slots=True)
class SecretSnapshot:
    """A Secret as it was read, without its values.

    `digests` gives the SHA-256 (hex) of each data key's value, `owners` who manages each data key,
    `controllers` the ownerReferences as `Kind/name`, `annotators` who manages each annotation of ours.
    """

    resource_version: str
    type: str
    immutable: bool
    annotations: Mapping[str, str]
    digests: Mapping[str, str]
    owners: Mapping[str, tuple[FieldOwner, ...]]
    controllers: tuple[str, ...]
    annotators: Mapping[str, tuple[FieldOwner, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that is not being deleted. `address` is None until it has one; `reason` says why it is not ready.

    `failing`: it runs, or was run and crashed, and is not Ready: what it was given may be the cause. Not so of a pod
    that no node takes, whose image cannot be had, or whose node is being drained. `since`: when the container that runs
    and is not ready began to; None where it does not run.
    """

    name: str
    address: str | None
    ready: bool
    reason: str = ""
    failing: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a workload has come with its newest template: `message` as `kubectl rollout status` would put it.

    `subpath_secrets` names the Secrets that the template mounts by `subPath`: running pods never see them change.
    `missing` names what the template needs and has not, so that a restart fails no session: `readinessProbe`,
    `preStop`.
    """

    replicas: int
    done: bool
    message: str
    subpath_secrets: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mount:
    """What the Secrets Store CSI driver says that it mounted into a pod from one SecretProviderClass.

    `versions` gives the version in the vault of each secret, by its name there. `mounted` is the driver's own word.
    """

    pod: str
    provider_class: str
    mounted: bool
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProviderObject:
    """One object of a SecretProviderClass: its name in the vault, its kind there (`secret`, `key`, `cert`), and the
    file that it becomes, relative to the mount."""

    name: str
    kind: str
    file: str


@dataclass(frozen=True, slots=True)
class WorkloadObservation:
    """What runs at a place, whatever it serves.

    `rollout` is None where it was not read, because the probe results suffice; `service` is the address of the Service
    that stands before the pods, where the inventory names one.
    """

    pods: tuple[Pod, ...] = ()
    rollout: Rollout | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceObservation:
    """Everything seen of one certificate at a place."""

    workload: WorkloadObservation
    secret: SecretSnapshot | None = None
    probe_results: tuple[ProbeResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A place that could not be looked at; `message` says what was tried and what answered."""

    reason: UnreachableReason
    message: str

    @classmethod
    def after(cls, error: Exception) -> "Unreachable":
        """Return a place that this error of ours kept us from looking at."""
        match error:
            case OutOfTime() | Unforeseen():
                return cls("NotObserved", str(error))
            case PermanentError():
                return cls("ObservationRefused", str(error))
            case _:
                return cls("ClusterUnreachable", str(error))


@dataclass(frozen=True, slots=True)
class ExpectedOffline:
    """A place that is expected to be out of reach: its cluster is asleep, suspended or paused, as `message` says."""

    reason: OfflineReason
    message: str


type AnyPlaceObservation = PlaceObservation | ExpectedOffline | Unreachable
