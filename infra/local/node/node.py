"""The node of one cluster: it takes every pod unless cordoned, runs it, and forwards the Service to it."""

import asyncio
import itertools
import logging
import shutil
from collections.abc import Mapping
from typing import Any, Protocol

from infra.local.node.api import ClusterApi
from infra.local.node.behaviour import Behaviour, NodeConfig, read_behaviour
from infra.local.node.child_processes import ChildProcesses
from infra.local.node.csi import CsiDriver
from infra.local.node.forwarder import Forwarder
from infra.local.node.pod import Pod, Surroundings
from infra.local.node.podspec import NotImplementedByNodeError, grace_of, podspec
from infra.local.node.volumes import check_reachable
from infra.local.node.watching import Gone, Listing, Receiver, Seen, follow, payload

MOST_PODS = 200

log = logging.getLogger(__name__)


class Node:
    """Runs as `run` until cancelled; then nothing it started is left."""

    def __init__(self, config: NodeConfig, api: ClusterApi, children: ChildProcesses) -> None:
        self._config = config
        self._api = api
        self._surroundings = Surroundings(
            config, api, children, self._secret, CsiDriver(config, api), lambda: self._behaviour
        )
        self._behaviour = Behaviour(False, config.projection_delay, config.restart_delay, config.rotation_interval)
        self._scheduler = Scheduler(api, config.node)
        self._secrets: dict[tuple[str, str], Mapping[str, bytes]] = {}
        self._pods: dict[str, Pod] = {}
        self._numbers = itertools.cycle(range(MOST_PODS))
        self._selector: Mapping[str, str] = {}
        self._forwarder = Forwarder(config.addresses.service(config.cluster), self._backends)

    async def run(self) -> None:
        if self._config.pods.exists():  # of a node that was killed
            shutil.rmtree(self._config.pods)
        self._config.pods.mkdir(parents=True)
        check_reachable(self._config.pods)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._api.register(self._config.node)
                core = self._api.core
                await self._follow(core.list_node, self._node_event)
                await self._follow(core.list_secret_for_all_namespaces, self._secret_event)
                await self._follow(core.list_service_for_all_namespaces, self._service_event)
                await self._follow(core.list_pod_for_all_namespaces, self._pod_event)
                log.info("%s is ready", self._config.node)
        finally:
            self._forwarder.close()
            shutil.rmtree(self._config.pods)

    async def _follow(self, listing: Listing, receive: Receiver) -> None:
        """Return when `receive` was told of everything that is there; it is told of changes for good."""
        listed = asyncio.Event()
        self._tasks.create_task(follow(listing, receive, listed))
        await listed.wait()

    def _node_event(self, event: Seen | Gone) -> None:
        if isinstance(event, Seen) and event.object.metadata.name == self._config.node:
            before, self._behaviour = self._behaviour, read_behaviour(event.object, self._config)
            if before != self._behaviour:
                log.info("%s", self._behaviour)
                self._tasks.create_task(self._scheduler.cordon(self._behaviour.cordoned))

    def _secret_event(self, event: Seen | Gone) -> None:
        key = (event.object.metadata.namespace, event.object.metadata.name)
        match event:
            case Seen(secret):
                self._secrets[key] = payload(secret)
            case Gone():
                self._secrets.pop(key, None)
        for pod in self._pods.values():
            if pod.spec.namespace == key[0]:
                pod.volumes.secret_changed(key[1])

    def _secret(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        return self._secrets.get((namespace, name))

    def _service_event(self, event: Seen | Gone) -> None:
        service = event.object
        if f"{service.metadata.namespace}/{service.metadata.name}" != self._config.service:
            return
        there = isinstance(event, Seen)
        self._selector = service.spec.selector or {}
        targets = {port.port: port.target_port for port in service.spec.ports} if there else {}
        self._tasks.create_task(self._forwarder.serve(targets))

    def _backends(self, target: str | int) -> list[tuple[str, int]]:
        return [
            (pod.address, pod.spec.ports[target])
            for pod in self._pods.values()
            if pod.takes_connections and target in pod.spec.ports and self._selector.items() <= pod.spec.labels.items()
        ]

    def _pod_event(self, event: Seen | Gone) -> None:
        described, uid = event.object, event.object.metadata.uid
        if isinstance(event, Gone):
            if pod := self._pods.pop(uid, None):
                pod.vanish()
        elif described.spec.node_name is None:
            self._tasks.create_task(self._scheduler.place(described.metadata))
        elif described.spec.node_name == self._config.node:
            if uid not in self._pods:
                self._adopt(described)
            if uid in self._pods and described.metadata.deletion_timestamp:
                self._pods[uid].terminate(grace_of(described))

    def _adopt(self, described: Any) -> None:
        try:
            spec = podspec(described)
        except NotImplementedByNodeError as refusal:
            log.info("%s/%s is not run: %s", described.metadata.namespace, described.metadata.name, refusal)
            return
        log.info("%s is bound", spec)
        pod = self._pods[spec.uid] = Pod(spec, self._next_address(), self._surroundings)
        self._tasks.create_task(pod.run())

    def _next_address(self) -> str:
        taken = {pod.address for pod in self._pods.values()}
        addresses = (self._config.addresses.pod(self._config.cluster, next(self._numbers)) for _ in range(MOST_PODS))
        return next(address for address in addresses if address not in taken)


class Bindings(Protocol):
    """What the scheduler writes; pods are V1ObjectMeta."""

    async def bind(self, pod: Any, node: str) -> None:
        """Assign a pod to the node."""

    async def unschedulable(self, pod: Any) -> None:
        """Report that no node takes the pod."""


class Scheduler:
    """Assigns every pod to the node, unless it is cordoned: then pods wait until it is not."""

    def __init__(self, bindings: Bindings, node: str) -> None:
        self._bindings = bindings
        self._node = node
        self._cordoned = False
        self._waiting: dict[str, Any] = {}

    async def place(self, pod: Any) -> None:
        """Find a node for a pod that has none. May be called again for the same pod."""
        if not self._cordoned:
            await self._bindings.bind(pod, self._node)
        elif pod.uid not in self._waiting:
            self._waiting[pod.uid] = pod
            await self._bindings.unschedulable(pod)

    async def cordon(self, cordoned: bool) -> None:
        """Take note of whether the node takes pods; if it does, place those that wait. (A pod may be gone by then.)"""
        self._cordoned = cordoned
        if not cordoned:
            waiting, self._waiting = self._waiting, {}
            for pod in waiting.values():
                await self._bindings.bind(pod, self._node)
