"""The pods of a workload: when they start, and which files they see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from tests.fakes.kubernetes import HeldSecret


@dataclass(slots=True)
class Replica:
    """One pod. Its address is another after each start."""

    cluster: str
    name: str
    address: str
    created: datetime


@dataclass(slots=True)
class Running:
    """A workload in a cluster, with the names of the Secrets that its pods mount. `takes` is how long a pod starts.

    `broken` pods never become Ready once they were restarted; `deaf` ones see new files after a restart only.
    """

    cluster: str
    name: str
    number: int
    secrets: tuple[str, ...]
    projection: timedelta
    takes: timedelta
    replicas: int = 2
    cause: str | None = None
    restarts: int = 0
    broken: bool = False
    deaf: set[str] = field(default_factory=set)
    pods: list[Replica] = field(default_factory=list)
    addresses: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self, now: datetime) -> None:
        """Replace all pods."""
        self.pods = [
            Replica(self.cluster, f"{self.name}-{ordinal}", f"10.{self.number}.0.{next(self.addresses)}", now)
            for ordinal in range(self.replicas)
        ]

    def restart(self, cause: str, now: datetime) -> None:
        if cause != self.cause:
            self.cause = cause
            self.restarts += 1
            self.start(now)

    def why_unready(self, pod: Replica, mounted: Iterable[HeldSecret | None], now: datetime) -> str | None:
        """Say why the pod is not Ready; a pod waits for the Secrets that it mounts."""
        secrets = list(mounted)
        if any(secret is None for secret in secrets):
            return "ContainerCreating: a Secret is missing"
        if self.broken and self.restarts:
            return "CrashLoopBackOff: back-off 5m0s restarting failed container"
        if now < self.up(pod, [secret for secret in secrets if secret is not None]):
            return "ContainerCreating"
        return None

    def up(self, pod: Replica, secrets: Iterable[HeldSecret]) -> datetime:
        """Return when the pod, and the Secrets it waits for, are there, and it has started."""
        return max([pod.created, *(secret.past[0][0] for secret in secrets)]) + self.takes

    def files(self, pod: Replica, secrets: list[HeldSecret], now: datetime) -> dict[str, bytes]:
        """Return what the pod sees: the files of its start, or those that were projected since."""
        start = self.up(pod, secrets)
        moment = start if pod.name in self.deaf else max(start, now - self.projection)
        return {file: content for secret in secrets for file, content in secret.as_of(moment).items()}
