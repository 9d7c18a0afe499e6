"""What is seen at one place (`relay@cluster`): its Secret, its pods, what each of them serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.domain.certificates import Thumbprint
from shared.inventory import Endpoint

type KeyType = Literal["ec", "rsa"]

type Inconclusive = Literal["Busy", "TurnedAway", "NoSession", "NotAskable"]
"""Why an answer says nothing of a relay's files: it had no time for us (4xx at the greeting or EHLO), it does not talk
to us (5xx there), it did not come as far as a reply to EHLO, or no client can put such a question."""


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """One entry of an object's managedFields: `applied` by server-side apply, else written by an update."""

    name: str
    applied: bool


@dataclass(frozen=True, slots=True)
class SecretSeen:
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

    `fixed` names the Secrets that the template mounts by `subPath`: running pods never see them change. `lacks` names
    what the template needs and has not, so that a restart fails no session: `readinessProbe`, `preStop`.
    """

    replicas: int
    done: bool
    message: str
    fixed: frozenset[str] = frozenset()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One handshake to make: which certificate does this pod present on this port for this name (None: no SNI)?

    `implicit`: TLS comes first (RFC 8314, section 3.3), else by STARTTLS. `resolver` is asked for an `address` that is
    a name; the system's where None. `helo` is said in EHLO where the address literal is refused. `seconds` are for all
    tries together; the adapter's own where None. `key`: ask for a certificate with this kind of key; None: any.
    """

    pod: str
    address: str
    port: int
    sni: str | None
    implicit: bool = False
    resolver: Endpoint | None = None
    helo: str | None = None
    seconds: float | None = None
    key: KeyType | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the handshake returned: the leaf's thumbprint and the `chain` as presented (DER, leaf first); or why none.

    `fault` is the domain's judgement of the chain, empty where a client accepts it. `inconclusive`: there is none for a
    cause that says nothing of the relay's files.
    """

    question: Question
    thumbprint: Thumbprint | None
    failure: str = ""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    fault: str = ""
    inconclusive: Inconclusive | None = None


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


@dataclass(frozen=True, slots=True)
class Resting:
    """A place that is out of reach as it should be: its cluster is asleep, or suspended; `reason` says until when."""

    reason: str
