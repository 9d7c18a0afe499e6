"""One alert: what is wrong, where, how urgent it is, and for how long it must last before anybody is notified."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from shared.domain.certificates.certificate import Leaf
from shared.domain.issuing.due import renew_at
from shared.domain.object_ref import SELF, ObjectRef
from shared.domain.serving.delivery import ROLLOUT
from shared.inventory import Place

AlertName = Literal[
    "CertificateExpiring",
    "CertificateExpired",
    "ServedDiffersFromStored",
    "ServedByTooFewReplicas",
    "ChainBroken",
    "NamesMissing",
    "PublicEndpointDiffers",
    "RelayUnreachable",
    "AcceptsUnauthenticated",
    "ClusterPolicyOutdated",
    "HeldTooLong",
    "RenewalWaiting",
    "RenewalFailing",
    "VersionQuarantined",
    "ClientSecretUnusable",
    "ClientPasswordUnsound",
    "ClientPasswordShared",
    "ClientFilesOutdated",
    "ClientNotAccepted",
    "ClientUndeclared",
    "ClientsLost",
    "ClientMountBlocked",
    "ProbeClientRefused",
    "LoginsStopped",
    "AuthInClear",
    "VaultEntryExpiring",
    "WatchBlind",
    "RouteFailing",
    "TimerSilent",
    "Heartbeat",
    "Test",
]
ALERT_NAMES: tuple[AlertName, ...] = get_args(AlertName)
"""Each has an entry in docs/runbook.md."""

Urgency = Literal["warning", "critical", "page"]
"""`page` is critical, and somebody is to be woken."""

RANKS: tuple[Urgency, ...] = ("warning", "critical", "page")

OURSELVES = "relaykeeper"
"""The service of an alert that concerns no relay."""


AT_ONCE = timedelta(0)

EXPIRED = 1.0

NEXT_TICK = timedelta(hours=2)
"""How long it may take until a tick works on a certificate: twice the hour between two ticks."""

NEXT_WATCH = timedelta(minutes=5)
"""A fault that only one watch observes is not notified: less than the ten minutes between two watches, because timers
are not exact to the second."""

NODE_UPGRADE = timedelta(minutes=30)
"""How long a replica may be missing while its node is drained, or a failure last that a second attempt repairs."""

LONG_WAIT = timedelta(minutes=30)
"""How long an issuance or a delivery may wait: a healthy one takes minutes."""

REQUESTED_WAIT = timedelta(minutes=10)
"""The same where a person asked for it: the interval between watches. Working DNS, CA and vault take less together, so
a person who still waits after one more watch is told why."""

HOLD_FRACTION = 0.25
"""Part of the time between due and expiry: a version held back for longer may expire where it is served."""


class AlertKey(NamedTuple):
    """What makes an alert the same alert while its urgency and message change."""

    name: AlertName
    object: ObjectRef
    relay: str
    cluster: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that a person should know. `message` says all of it, because some receivers show nothing else.

    `object` is what it is about; `relay` and `cluster` say where that was observed, if anywhere. `detail` tells apart
    alerts about the same object in the same place. `since`: when it was first observed. `reason` is the machine reason
    (docs/reasons.md) of what it reports, where that has one; it is no label, because it may change while the alert
    lasts. `depends_on` names the sources (shared.domain.sources) that must be read before it can be over.
    """

    name: AlertName
    urgency: Urgency
    message: str
    since: datetime
    object: ObjectRef = SELF
    relay: str = ""
    cluster: str = ""
    detail: str = ""
    reason: str = ""
    depends_on: tuple[str, ...] = ()

    @property
    def key(self) -> AlertKey:
        return AlertKey(self.name, self.object, self.relay, self.cluster, self.detail)

    @property
    def severity(self) -> Literal["warning", "critical"]:
        return "warning" if self.urgency == "warning" else "critical"

    @property
    def labels(self) -> Mapping[str, str]:
        """What routes match and receivers group by; a label that would be empty is left out.

        The object's kind is a label with its name as the value (`certificate="prod"`), but a relay is the `service`.
        """
        about = {} if self.object.kind == "relay" else {str(self.object.kind): self.object.name}
        labels = {
            "alertname": self.name,
            "cluster": self.cluster,
            "service": self.relay or OURSELVES,
            "severity": self.severity,
            **about,
            "subject": self.detail,
            "page": "true" if self.urgency == "page" else "",
        }
        return {label: value for label, value in labels.items() if value}

    @property
    def where(self) -> str:
        """`relay@cluster`, the relay alone for what concerns it as a whole, empty if it was observed at no relay."""
        return "@".join(part for part in (self.relay, self.cluster) if part)

    @property
    def summary(self) -> str:
        """What it is about, on one short line."""
        at = f"at {self.where}" if self.where else ""
        object_ = "" if self.object.kind in ("relay", "self") else str(self.object)
        about = " ".join(part for part in (object_, self.detail, at) if part)
        return f"{self.name}: {about}" if about else self.name


def runbook_url(alert: Alert, runbook: str) -> str:
    """Return where the alert's entry is in the runbook at this URL or path."""
    return f"{runbook}#{alert.name.lower()}"


@dataclass(frozen=True, slots=True)
class Condition:
    """An alert that fires after it has lasted for `pending_for` (`for` in Prometheus' rules), because a healthy renewal
    looks unhealthy for a while. None: it keeps an alert firing and never starts one.
    """

    alert: Alert
    pending_for: timedelta | None = AT_ONCE


# How urgent a certificate is: fractions of the time between its due date and its end, whatever its lifetime.

STAGES: tuple[tuple[float, Urgency], ...] = ((0.85, "page"), (0.60, "critical"), (0.25, "warning"))


def lateness(leaf: Leaf, now: datetime) -> float:
    """Return which part of the time between due and expiry is over: negative before it is due, 1 where it expires."""
    return lateness_of(renew_at(leaf), leaf.not_after, now)


def lateness_of(due: datetime, expires: datetime, now: datetime) -> float:
    if now >= expires or due >= expires:
        return EXPIRED if now >= expires else 0.0
    return (now - due) / (expires - due)


def stage(late: float) -> Urgency | None:
    """Return how urgent this lateness is; None while a renewal may still be going as planned."""
    return next((urgency for begins, urgency in STAGES if late >= begins), None)


def urgency(leaves: Iterable[Leaf], now: datetime) -> Urgency:
    """Return how urgent a fault is where these leaves are served: as urgent as the one closest to its end."""
    return stage(max((lateness(leaf, now) for leaf in leaves), default=0.0)) or "warning"


def describe_expiry(leaf: Leaf, now: datetime) -> str:
    return f"{'expired' if now >= leaf.not_after else 'expires'} {leaf.not_after:%Y-%m-%d %H:%M} UTC"


def expiry_alerts(leaf: Leaf, now: datetime) -> Iterator[tuple[AlertName, timedelta | None]]:
    """Yield the alerts for a leaf that is late, each with its `pending_for`.

    CertificateExpiring continues once the leaf has expired: what became worse must not be reported as resolved.
    """
    if now < leaf.not_after:
        yield "CertificateExpiring", AT_ONCE
    else:
        yield "CertificateExpired", AT_ONCE
        yield "CertificateExpiring", None


# How long something may last before it is wrong.


def longest_wait(pick_up: timedelta | None, *, requested: bool) -> timedelta:
    """Return how long a delivery may wait to a place whose pods take so long to see a file; None: an issuance."""
    wait = REQUESTED_WAIT if requested else LONG_WAIT
    return wait if pick_up is None else max(wait, pick_up + ROLLOUT)


def longest_hold(leaf: Leaf) -> timedelta:
    """Return for how long a new version may be held back where `leaf` is served."""
    return (leaf.not_after - renew_at(leaf)) * HOLD_FRACTION


def longest_rollout(place: Place, places: Sequence[Place], pick_up: timedelta) -> timedelta:
    """Return how long a new version may take to arrive at a place, which waits for the relay's places before it; at
    each, pods take `pick_up` to see a file."""
    before = sum(other.relay.name == place.relay.name for other in places[: places.index(place)])
    return NEXT_TICK + (before + 1) * (pick_up + 2 * ROLLOUT) + before * place.relay.settle
