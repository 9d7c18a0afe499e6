"""Clusters in memory: the Secrets and relays of an inventory, whose pods see new files after a while."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from shared.domain.serving.cluster_policy import CURRENT_POLICY, PolicyProbe
from shared.domain.serving.place_observation import FieldOwner, Mount, Pod, ProviderObject, Rollout, SecretSnapshot
from shared.domain.serving.tls_secret import OPAQUE, SecretApply, digest
from shared.errors import Conflict, PermanentError, TransientError
from shared.inventory import Inventory, Workload
from shared.ports import Clock
from tests.fakes.csi_driver import FakeCsiDriver, Rotation
from tests.fakes.faults import Faults


@dataclass(slots=True)
class HeldSecret:
    """A Secret; `past` is what it held since when, oldest first."""

    type: str
    version: int = 0
    data: dict[str, bytes] = field(default_factory=dict, repr=False)
    annotations: dict[str, str] = field(default_factory=dict)
    owners: dict[str, list[FieldOwner]] = field(default_factory=dict)
    controllers: tuple[str, ...] = ()
    immutable: bool = False
    past: list[tuple[datetime, Mapping[str, bytes]]] = field(default_factory=list, repr=False)

    def seen(self) -> SecretSnapshot:
        return SecretSnapshot(
            resource_version=str(self.version),
            type=self.type,
            immutable=self.immutable,
            annotations=dict(self.annotations),
            digests={key: digest(value) for key, value in self.data.items()},
            owners={key: tuple(owners) for key, owners in self.owners.items() if owners},
            controllers=self.controllers,
        )

    def apply(self, part: SecretApply, tried: str) -> None:
        """Take the part's files over unless one that would change is another manager's; drop those it no longer has."""
        owner = FieldOwner(part.field_manager, applied=True)
        changed = {key for key, value in part.files.items() if self.data.get(key) != value}
        for key in sorted(changed):
            if others := [other.name for other in self.owners.get(key, ()) if other != owner]:
                raise PermanentError(f"{tried}: its {key} belongs to {others[0]}")
        if part.type != self.type:
            raise PermanentError(f"{tried}: type: field is immutable")
        if self.immutable and changed:
            raise PermanentError(f"{tried}: data: field is immutable when `immutable` is set")
        for key in [key for key, owners in self.owners.items() if owners == [owner] and key not in part.files]:
            del self.data[key], self.owners[key]
        self.data |= part.files
        self.annotations |= part.annotations
        for key in part.files:
            self.owners[key] = [*(other for other in self.owners.get(key, ()) if other != owner), owner]

    def update(self, manager: str, data: Mapping[str, bytes]) -> None:
        """Change files as anything but apply does: whoever had them loses them."""
        self.data |= data
        self.owners |= {key: [FieldOwner(manager, applied=False)] for key in data}

    def release(self, managers: Sequence[str]) -> None:
        for key, owners in self.owners.items():
            self.owners[key] = [owner for owner in owners if owner.name not in managers]

    def written(self, version: int, now: datetime) -> None:
        """Note that the Secret is as it is from `now` on."""
        self.version = version
        self.past.append((now, dict(self.data)))

    def as_of(self, moment: datetime) -> Mapping[str, bytes]:
        """Return what it held at a moment."""
        return next((data for since, data in reversed(self.past) if since <= moment), {})


type Mounted = Mapping[str, HeldSecret | None]
"""The Secrets that a workload mounts, by name; None where there is none."""


@dataclass(slots=True)
class Replica:
    """One pod. Its address is another after each start."""

    cluster: str
    name: str
    address: str
    created: datetime


class Trouble(NamedTuple):
    """Why a pod is not Ready, whether what it was given may be the cause, and since when it runs, if it does."""

    reason: str
    failing: bool = False
    since: datetime | None = None


@dataclass(slots=True)
class Running:
    """A workload in a cluster, with the names of the Secrets that its pods mount, and of those that they mount if there
    are any. `takes` is how long a pod starts.

    `fixed` names Secrets that are mounted by `subPath`, which no running pod sees change; `lacks` what its template has
    not. `brought` holds files that something else than a Secret brings, as a CSI driver does.
    Pods by name: `deaf` ones see new files after a restart only; `held_up` ones do not get to run, and why; `hanging`
    ones are being deleted and do not end. `broken` pods never become Ready once they were restarted. `crashes` says of
    a pod and the files that it sees whether it crashes with them; it is restarted whenever they change.
    """

    cluster: str
    name: str
    number: int
    secrets: tuple[str, ...]
    projection: timedelta
    takes: timedelta
    optional: tuple[str, ...] = ()
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
        needed = {name: secret for name, secret in mounted.items() if name not in self.optional}
        return max([pod.created, *(secret.past[0][0] for secret in present(needed))]) + self.takes

    def files(self, pod: Replica, mounted: Mounted, now: datetime) -> dict[str, bytes]:
        """Return what the pod sees: the files of its start, or those that were projected since.

        A container that crashed with the files of its start was restarted with the projected ones, `subPath` or not.
        """
        start = self.up(pod, mounted)
        projected = max(start, now - self.projection)
        frozen = mounted.keys() if pod.name in self.deaf else self.fixed
        first = {name: start if name in frozen else projected for name in mounted}
        seen = files_of(mounted, first)
        return files_of(mounted, dict.fromkeys(mounted, projected)) if self.crashes(pod.name, seen) else seen


class FakeClusters:
    """Implements ports.Clusters. Every relay of the inventory runs, its pods waiting for their Secrets.

    `unreachable` names clusters that do not answer; `running` gives each workload's knobs; `services` are the addresses
    of load balancers, by cluster, namespace and Service; `policies` the version of the admission policies by cluster;
    `csi` is the Secrets Store CSI driver of all clusters.
    """

    def __init__(
        self,
        inventory: Inventory,
        clock: Clock,
        *,
        projection: timedelta = timedelta(seconds=60),
        start: timedelta = timedelta(seconds=2),
    ) -> None:
        self._clock = clock
        self._versions = count(1)
        self.unreachable: set[str] = set()
        self.secrets: dict[tuple[str, str, str], HeldSecret] = {}
        self.services: dict[tuple[str, str, str], str] = {}
        self.running: dict[tuple[str, Workload], Running] = {}
        self.policies: dict[str, int] = dict.fromkeys(inventory.clusters, CURRENT_POLICY)
        self.csi = FakeCsiDriver()
        self.faults = Faults()
        for relay in inventory.relays.values():
            secrets = tuple(dict.fromkeys(serves.secret for serves in relay.serves if serves.secret))
            optional = (relay.clients.secret,) if relay.clients.secret is not None else ()
            for cluster in relay.clusters:
                number = len(self.running)
                running = Running(cluster, relay.workload.name, number, secrets, projection, start, optional=optional)
                running.start(clock.now())
                self.running[cluster, relay.workload] = running

    def secret(self, cluster: str, namespace: str, name: str) -> SecretSnapshot | None:
        self._reach(cluster)
        with self.faults.around("secret"):
            held = self.secrets.get((cluster, namespace, name))
            return held.seen() if held else None

    def release(self, cluster: str, namespace: str, name: str, seen: SecretSnapshot, owners: Sequence[str]) -> None:
        self._reach(cluster)
        with self.faults.around("release"):
            held = self.secrets[cluster, namespace, name]
            if seen.resource_version != str(held.version):
                raise Conflict(f"cannot drop claims on Secret {namespace}/{name} in {cluster}: it has changed")
            held.release(owners)
            held.written(next(self._versions), self._clock.now())

    def apply(self, cluster: str, part: SecretApply) -> None:
        self._reach(cluster)
        with self.faults.around("apply"):
            tried = f"cannot write Secret {part.namespace}/{part.name} in {cluster}"
            held = self.secrets.get((cluster, part.namespace, part.name), HeldSecret(part.type))
            if held.version and part.resource_version not in (None, str(held.version)):
                raise Conflict(f"{tried}: it has changed since it was read")
            held.apply(part, tried)
            self._put(cluster, part.namespace, part.name, held)

    def probe_policy(self, cluster: str, workload: Workload, secret: str | None) -> tuple[PolicyProbe, ...]:
        self._reach(cluster)
        with self.faults.around("probe_policy"):
            version = self.policies[cluster]
            targets = [(str(workload), (cluster, workload) in self.running)]
            if secret is not None:
                held = (cluster, workload.namespace, secret) in self.secrets
                targets.insert(0, (f"Secret {workload.namespace}/{secret}", held))
            return tuple(PolicyProbe(target, version if there else None) for target, there in targets)

    def pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        self._reach(cluster)
        with self.faults.around("pods"):
            return self._pods(cluster, workload) if (cluster, workload) in self.running else ()

    def rollout(self, cluster: str, workload: Workload) -> Rollout:
        self._reach(cluster)
        with self.faults.around("rollout"):
            running = self._workload(cluster, workload)
            unready = [pod for pod in self._pods(cluster, workload) if not pod.ready]
            blocking = [f"pod {pod.name}: {pod.reason}" for pod in unready]
            blocking += [f"pod {name} is terminating since {self._clock.now():%FT%TZ}" for name in running.hanging]
            message = f"waiting for {len(blocking)} pods to be ready ({'; '.join(sorted(blocking))})"
            return Rollout(
                running.replicas,
                done=not blocking,
                message=message if blocking else "rolled out",
                subpath_secrets=frozenset(running.fixed),
                missing=running.lacks,
            )

    def mounts(self, cluster: str, workload: Workload) -> tuple[Mount, ...]:
        self._reach(cluster)
        with self.faults.around("mounts"):
            running = self.running.get((cluster, workload))
            pods = [pod for pod in running.pods if pod.name not in running.hanging] if running else []
            return tuple(self.csi.mounts(cluster, workload, pods))

    def provider_objects(self, cluster: str, namespace: str, name: str) -> tuple[ProviderObject, ...] | None:
        self._reach(cluster)
        with self.faults.around("provider_objects"):
            return self.csi.classes.get((cluster, namespace, name))

    def service_address(self, cluster: str, namespace: str, name: str) -> str:
        self._reach(cluster)
        with self.faults.around("service_address"):
            if (cluster, namespace, name) not in self.services:
                raise PermanentError(f"cannot find the address of Service {namespace}/{name} in {cluster}")
            return self.services[cluster, namespace, name]

    def restart(self, cluster: str, workload: Workload, cause: str) -> None:
        self._reach(cluster)
        with self.faults.around("restart"):
            self._workload(cluster, workload).restart(cause, self._clock.now())

    def edit(
        self, cluster: str, namespace: str, name: str, data: Mapping[str, bytes], manager: str = "kubectl-edit"
    ) -> None:
        """Let somebody else change files of a Secret; it is made if there is none."""
        held = self.secrets.get((cluster, namespace, name), HeldSecret(OPAQUE))
        held.update(manager, data)
        self._put(cluster, namespace, name, held)

    def apply_as(self, manager: str, cluster: str, namespace: str, name: str, data: Mapping[str, bytes]) -> None:
        """Let another tool make a Secret by server-side apply."""
        owners = {key: [FieldOwner(manager, applied=True)] for key in data}
        self._put(cluster, namespace, name, HeldSecret(OPAQUE, data=dict(data), owners=owners))

    def seal(self, cluster: str, namespace: str, name: str) -> None:
        """Make a Secret immutable."""
        held = self.secrets[cluster, namespace, name]
        held.immutable = True
        self._put(cluster, namespace, name, held)

    def bring(self, cluster: str, workload: Workload, files: Mapping[str, bytes]) -> None:
        """Let a CSI driver bring files to the pods."""
        running = self.running[cluster, workload]
        running.brought = running.brought or HeldSecret("csi")
        running.brought.data = dict(files)
        running.brought.written(next(self._versions), self._clock.now())

    def rotate(
        self,
        cluster: str,
        workload: Workload,
        provider_class: str,
        versions: Mapping[str, str],
        pods: Sequence[str] | None = None,
    ) -> None:
        """Let the CSI driver mount these versions of secrets, into all pods unless some are named."""
        self.csi.rotate(cluster, workload, Rotation(self._clock.now(), provider_class, versions, pods))

    def files_at(self, address: str) -> tuple[Replica, Mapping[str, bytes]] | None:
        """Return the Ready pod with this address, and the files it sees; None if nothing listens there."""
        for (_, workload), running in self.running.items():
            for pod in running.pods:
                if pod.address == address and self._pod(pod, running, workload).ready:
                    return pod, running.files(pod, self._mounted(running, workload), self._clock.now())
        return None

    def _pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        running = self.running[cluster, workload]
        return tuple(self._pod(pod, running, workload) for pod in running.pods if pod.name not in running.hanging)

    def _pod(self, pod: Replica, running: Running, workload: Workload) -> Pod:
        trouble = running.trouble(pod, self._mounted(running, workload), self._clock.now())
        if trouble is None:
            return Pod(pod.name, pod.address, ready=True)
        return Pod(pod.name, pod.address, False, trouble.reason, trouble.failing, trouble.since)

    def _mounted(self, running: Running, workload: Workload) -> Mounted:
        there = {
            name: held
            for (cluster, namespace, name), held in self.secrets.items()
            if (cluster, namespace) == (running.cluster, workload.namespace)
        }
        secrets = {name: there.get(name) for name in running.secrets}
        secrets |= {name: there[name] for name in running.optional if name in there}
        return secrets if running.brought is None else {**secrets, "csi": running.brought}

    def _workload(self, cluster: str, workload: Workload) -> Running:
        if (cluster, workload) not in self.running:
            raise PermanentError(f"cannot read {workload} in {cluster}: it does not exist")
        return self.running[cluster, workload]

    def _put(self, cluster: str, namespace: str, name: str, held: HeldSecret) -> None:
        held.written(next(self._versions), self._clock.now())
        self.secrets[cluster, namespace, name] = held

    def _reach(self, cluster: str) -> None:
        if cluster in self.unreachable:
            raise TransientError(f"cannot reach {cluster}: connection refused")


CREATING = Trouble("container exim: ContainerCreating")

CRASHED = Trouble("container exim: CrashLoopBackOff: back-off 5m0s restarting failed container", failing=True)


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
