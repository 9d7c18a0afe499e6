"""What is seen at one place (`relay@cluster`): its Secret, its pods, what each of them serves."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.certificates import Thumbprint


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """One entry of an object's managedFields: `applied` by server-side apply, else written by an update."""

    name: str
    applied: bool


@dataclass(frozen=True, slots=True)
class SecretSeen:
    """A Secret as it was read, without its values.

    `digests` gives the SHA-256 (hex) of each data key's value, `owners` who manages each data key,
    `controllers` the ownerReferences as `Kind/name`.
    """

    resource_version: str
    type: str
    immutable: bool
    annotations: Mapping[str, str]
    digests: Mapping[str, str]
    owners: Mapping[str, tuple[FieldOwner, ...]]
    controllers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that is not being deleted. `address` is None until it has one; `reason` says why it is not ready."""

    name: str
    address: str | None
    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a workload has come with its newest template: `message` as `kubectl rollout status` would put it."""

    replicas: int
    done: bool
    message: str


@dataclass(frozen=True, slots=True)
class Question:
    """One handshake to make: which certificate does this pod present on this port for this name (None: no SNI)?"""

    pod: str
    address: str
    port: int
    sni: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the handshake returned: the leaf's thumbprint; or why there was none."""

    question: Question
    thumbprint: Thumbprint | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """Everything seen at a place. `rollout` is read only where the pods alone do not settle the matter."""

    secret: SecretSeen | None
    pods: tuple[Pod, ...]
    answers: tuple[Answer, ...]
    rollout: Rollout | None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A place that could not be looked at; `reason` says what was tried and what answered."""

    reason: str
