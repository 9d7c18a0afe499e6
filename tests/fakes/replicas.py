"""The pods of a workload: when they start, which files they see, and what may go wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from tests.fakes.kubernetes import HeldSecret

type Mounted = Mapping[str, HeldSecret | None]
"""The Secrets that a workload mounts, by name; None where there is none."""


class Trouble(NamedTuple):
    """Why a pod is not Ready, whether what it was given may be the cause, and since when it runs, if it does."""

    reason: str
    failing: bool = False
    since: datetime | None = None


CREATING = Trouble("container exim: ContainerCreating")
CRASHED = Trouble("container exim: CrashLoopBackOff: back-off 5m0s restarting failed container", failing=True)


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

    `fixed` names Secrets that are mounted by `subPath`, which no running pod sees change; `lacks` what its template has
    not. `brought` holds files that something else than a Secret brings, as a CSI driver does.
    Pods by name: `deaf` ones see new files after a restart only; `held_up` ones do not get to run, and why; `hanging`
    ones are being deleted and do not end. `broken` pods never become Ready once they were restarted. `crashes` says of
    a pod and the files that it sees whether it crashes with them; it is started anew whenever they change.
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
    fixed: set[str] = field(default_factory=set)
    lacks: tuple[str, ...] = ()
    brought: HeldSecret | None = None
    broken: bool = False
    crashes: Callable[[str, Mapping[str, bytes]], bool] = lambda _pod, _files: False
    deaf: set[str] = field(default_factory=set)
    held_up: dict[str, str] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
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

    def trouble(self, pod: Replica, mounted: Mounted, now: datetime) -> Trouble | None:
        """Say why the pod is not Ready; a pod waits for the Secrets that it mounts."""
        if why := self.held_up.get(pod.name):
            return Trouble(why)
        if None in mounted.values():
            return CREATING
        if now < (up := self.up(pod, mounted)):
            return Trouble("container exim is not ready", failing=True, since=up - self.takes)
        if (self.broken and self.restarts) or self.crashes(pod.name, self.files(pod, mounted, now)):
            return CRASHED
        return None

    def up(self, pod: Replica, mounted: Mounted) -> datetime:
        """Return when the pod, and the Secrets it waits for, are there, and it has started."""
        return max([pod.created, *(secret.past[0][0] for secret in present(mounted))]) + self.takes

    def files(self, pod: Replica, mounted: Mounted, now: datetime) -> dict[str, bytes]:
        """Return what the pod sees: the files of its start, or those that were projected since.

        A container that crashed with the files of its start was started anew with the projected ones, `subPath` or not.
        """
        start = self.up(pod, mounted)
        projected = max(start, now - self.projection)
        frozen = mounted.keys() if pod.name in self.deaf else self.fixed
        first = {name: start if name in frozen else projected for name in mounted}
        seen = files_of(mounted, first)
        return files_of(mounted, dict.fromkeys(mounted, projected)) if self.crashes(pod.name, seen) else seen


def present(mounted: Mounted) -> Iterable[HeldSecret]:
    return [secret for secret in mounted.values() if secret is not None]


def files_of(mounted: Mounted, moments: Mapping[str, datetime]) -> dict[str, bytes]:
    """Return what each Secret held at its moment."""
    return {
        file: content
        for name, secret in mounted.items()
        if secret is not None
        for file, content in secret.as_of(moments[name]).items()
    }
