"""One alert: what is wrong, where, and how urgent it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from shared.domain.alerting.life import Urgency

AlertName = Literal[
    "CertificateExpiring",
    "CertificateExpired",
    "ServedDiffersFromStored",
    "ServedByTooFewReplicas",
    "ChainBroken",
    "NamesMissing",
    "FrontDiffers",
    "RelayUnreachable",
    "AcceptsUnauthenticated",
    "ClusterPolicyOutdated",
    "HeldTooLong",
    "RenewalWaiting",
    "RenewalFailing",
    "VersionQuarantined",
    "VaultEntryExpiring",
    "WatchBlind",
    "RouteFailing",
    "Heartbeat",
    "Test",
]
ALERT_NAMES: tuple[AlertName, ...] = get_args(AlertName)
"""Each has an entry in docs/runbook.md."""

OURSELVES = "relaykeeper"
"""The service of an alert that concerns no relay."""


class Key(NamedTuple):
    """What an alert is about: it stays the same alert while its urgency and words change."""

    name: AlertName
    cluster: str
    service: str
    certificate: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that a person should know. Its message says all of it, as some templates print nothing else.

    `subject` tells it from others where relay, cluster and certificate do not. `relies_on` names what must be seen to
    say that it is over: vaults (`vault dev`), places (`certificate at relay@cluster`). `since`: when it was first seen.
    """

    name: AlertName
    urgency: Urgency
    message: str
    since: datetime
    cluster: str = ""
    service: str = OURSELVES
    certificate: str = ""
    subject: str = ""
    relies_on: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return Key(self.name, self.cluster, self.service, self.certificate, self.subject)

    @property
    def severity(self) -> Literal["warning", "critical"]:
        return "warning" if self.urgency == "warning" else "critical"

    @property
    def labels(self) -> Mapping[str, str]:
        """What routes choose by, and receivers group by; a label that would be empty is left out."""
        labels = {
            "alertname": self.name,
            "cluster": self.cluster,
            "service": self.service,
            "severity": self.severity,
            "certificate": self.certificate,
            "subject": self.subject,
            "page": "true" if self.urgency == "page" else "",
        }
        return {label: value for label, value in labels.items() if value}

    @property
    def summary(self) -> str:
        """What it is about, on one short line."""
        relay = f"{self.service}@{self.cluster}" if self.cluster else self.service
        at = "" if self.service == OURSELVES else f"at {relay}"
        about = " ".join(part for part in (self.certificate, self.subject, at) if part)
        return f"{self.name}: {about}" if about else self.name


@dataclass(frozen=True, slots=True)
class Condition:
    """An alert that fires once it has been seen for as long as `patience`: good order may look like it for a while.

    `patience` None: it goes on if it fires, and does not begin to.
    """

    alert: Alert
    patience: timedelta | None = timedelta(0)
