"""One pod on its node, from its binding to its removal: what a kubelet does for it."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.local.node.api import ClusterApi
from infra.local.node.behaviour import Behaviour, NodeConfig
from infra.local.node.child_processes import ChildProcesses
from infra.local.node.container import USER, Container, Relay, wait_for_banner
from infra.local.node.csi import CsiDriver, CsiVolumes
from infra.local.node.podspec import PodSpec
from infra.local.node.status import (
    ContainerState,
    Json,
    conditions,
    pod_status,
    running,
    terminated,
    timestamp,
    waiting,
)
from infra.local.node.volumes import Secrets, Volumes, make_root

LONGEST_RESTART_DELAY = 300.0

SOUND_AFTER = 600.0
"""Seconds that a container must have run for its next end to count as the first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the pods of a node share."""

    config: NodeConfig
    api: ClusterApi
    children: ChildProcesses
    secrets: Secrets
    csi: CsiDriver
    behaviour: Callable[[], Behaviour]


class Pod:
    """A pod of this node, which tells it, and its `volumes`, what happens."""

    def __init__(self, spec: PodSpec, address: str, node: Surroundings) -> None:
        self.spec = spec
        self.address = address
        self._node = node
        self._folder = node.config.pods / spec.folder_name
        self.volumes = Volumes(spec, self._folder, node.secrets, lambda: node.behaviour().projection_delay)
        self._csi_volumes = CsiVolumes(spec, self._folder, node.csi, node.behaviour)
        self._reporter = Reporter(spec, address, node.api)
        self._container: Container | None = None
        self._terminating = asyncio.Event()
        self._vanished = asyncio.Event()

    @property
    def takes_connections(self) -> bool:
        """Whether a Service sends new connections here."""
        return self._reporter.state.ready and not self._terminating.is_set()

    def terminate(self, grace: float) -> None:
        """End within `grace` seconds, then remove the pod."""
        self.spec = replace(self.spec, grace=grace)
        self._terminating.set()

    def vanish(self) -> None:
        """End at once: the pod was removed by force."""
        self._vanished.set()
        self._terminating.set()

    async def run(self) -> None:
        """Live until told to end, then end and remove the pod. If cancelled, nothing is left running either."""
        try:
            async with asyncio.TaskGroup() as tasks:
                living = [tasks.create_task(self._reporter.run()), tasks.create_task(self._live())]
                await self._terminating.wait()
                for task in living:
                    task.cancel()
            await self._end()
        finally:
            if self._container:
                self._container.kill()
            if self._folder.exists():
                shutil.rmtree(self._folder)
        await self._node.api.remove(self.spec)
        log.info("%s is removed", self.spec)

    async def _live(self) -> None:
        """Create the container when its volumes can be mounted, and keep both it and them up."""
        self._reporter.show()
        await self.volumes.secrets_exist(self._secret_is_missing)
        await self._csi_volumes.fetch(self._mount_failed)
        self.volumes.make()
        await self._csi_volumes.mount()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._csi_volumes.rotate())
            tasks.create_task(self._keep_running(self._make_logs()))

    async def _keep_running(self, logs: Path) -> None:
        """Start the container again whenever it ends."""
        failures = 0
        while True:
            started, since = time.monotonic(), timestamp()
            exit_status = await self._run_container(logs)
            failures = 1 if time.monotonic() - started > SOUND_AFTER else failures + 1
            await self._back_off(failures, terminated(exit_status, since, timestamp()))

    async def _run_container(self, logs: Path) -> int:
        """Start the container, show when it is ready, and return its exit status when it ended."""
        config = self._node.config
        root = make_root(self._folder, self.spec, config.configuration_of(self.spec.image), logs)
        ports = sorted(set(self.spec.ports.values()))
        relay = Relay(config.exim, root, self.spec.name, self.address, ports)
        self._container = container = Container(relay, self._node.children, logs / "output")
        self._reporter.show(state=running(timestamp()))
        async with asyncio.TaskGroup() as tasks:
            readiness = tasks.create_task(self._show_when_ready())
            exit_status = await container.ended()
            readiness.cancel()
        container.kill()  # what is left of its sessions
        self._container = None
        return exit_status

    async def _show_when_ready(self) -> None:
        """A container without a readiness probe counts as ready as soon as it runs."""
        if self.spec.probe is not None:
            await wait_for_banner(self.address, self.spec.probe)
        self._reporter.show(ready=True)
        log.info("%s is ready on %s", self.spec, self.address)

    async def _back_off(self, failures: int, ended: Json) -> None:
        """Wait before the container's next start; https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy."""
        delay = restart_delay(failures, self._node.behaviour().restart_delay)
        state = waiting("CrashLoopBackOff", f"back-off {delay:g}s restarting failed container") if delay else ended
        self._reporter.show(ready=False, state=state, last_state=ended)
        log.info("%s: Exim ended, code %d; next start in %g s", self.spec, ended["terminated"]["exitCode"], delay)
        await asyncio.sleep(delay)
        self._reporter.show(restarts=self._reporter.state.restarts + 1)

    async def _end(self) -> None:
        """The preStop wait, then SIGTERM, then as much of the grace period as sessions in progress need."""
        if self._container is None:
            return
        log.info("%s is terminating, grace period %g s", self.spec, self.spec.grace)
        deadline = time.monotonic() + self.spec.grace
        await happens(self._vanished, within=min(self.spec.pre_stop, self.spec.grace))
        await self._container.stop(deadline, self._vanished)

    async def _secret_is_missing(self, name: str) -> None:
        await self._node.api.warn(self.spec, "FailedMount", f'MountVolume.SetUp failed: secret "{name}" not found')

    async def _mount_failed(self, volume: str, reason: str) -> None:
        words = f'MountVolume.SetUp failed for volume "{volume}" : rpc error: code = Unknown desc = {reason}'
        await self._node.api.warn(self.spec, "FailedMount", words)

    def _make_logs(self) -> Path:
        logs = self._node.config.logs / self.spec.folder_name
        logs.mkdir(parents=True, exist_ok=True)
        shutil.chown(logs, USER, USER)
        return logs


def restart_delay(failures: int, base: float) -> float:
    """Seconds before the start that follows the n-th end: none, `base`, then twice as long each time."""
    return min(base * 2 ** (failures - 2), LONGEST_RESTART_DELAY) if failures > 1 else 0.0


async def happens(event: asyncio.Event, within: float) -> None:
    """Wait for the event, but no more than `within` seconds."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return


class Reporter:
    """States shown in quick succession may be reported as one: the last."""

    def __init__(self, pod: PodSpec, address: str, api: ClusterApi) -> None:
        self._pod = pod
        self._address = address
        self._api = api
        self._changed = asyncio.Event()
        self.state = ContainerState()

    def show(self, **changes: Any) -> None:
        """Change these fields of the container's state."""
        self.state = replace(self.state, **changes)
        self._changed.set()

    async def run(self) -> None:
        """Report each change until cancelled."""
        reported: list[Json] = []
        while True:
            await self._changed.wait()
            self._changed.clear()
            reported = conditions(self.state, reported, timestamp())
            await self._api.report(self._pod, pod_status(self.state, self._pod, self._address, reported))
