"""What happened to a certificate at its places, as its journal records it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.object_ref import Version

ReplicaFault = Literal["ReplicaNotReady", "ReplicaServesOther", "ReplicaDoesNotServe"]
"""What replicas that were given a version do instead of serving it."""

QuarantineReason = ReplicaFault | Literal["RolledBackByRequest"]


@dataclass(frozen=True, slots=True)
class DeliveryProgress:
    """A version that a place is to serve and was not yet proven to, `since` we began or last wrote its Secret.

    `healthy_before`: when we began, every replica was Ready and showed a certificate, so that what breaks now broke by
    this version. `written`: its Secret was changed for it. `restarted`: when the workload was rolled for it.
    """

    version: Version
    since: datetime
    healthy_before: bool = False
    written: bool = False
    restarted: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerifiedVersion:
    """A version that every replica of a place was seen to serve, and how many replicas there were."""

    version: Version
    thumbprint: Thumbprint
    replicas: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version that must not be delivered: the replicas of `place` did not serve it, or crashed with it.

    `reason` says which, `message` says it as a sentence.

    `relay` is where it must not be delivered; None: anywhere, because no place has ever served it, or because a
    person's `request` rolled it back: that holds also where it was proven, and `place` is empty. `to`: the version that
    is wanted instead, unless it is the one before.
    """

    version: Version
    relay: str | None
    place: str
    reason: QuarantineReason
    message: str
    at: datetime
    request: str | None = None
    to: Version | None = None


@dataclass(frozen=True, slots=True)
class PlaceState:
    """What happened to a certificate at one `relay@cluster`.

    `previous`: the version that was proven there before that of `verified`. `adopted`: the field manager whose fields
    in its Secret were taken over.
    """

    progress: DeliveryProgress | None = None
    verified: VerifiedVersion | None = None
    previous: Version | None = None
    error: str | None = None
    adopted: str | None = None
