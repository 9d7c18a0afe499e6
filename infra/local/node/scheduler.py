"""A scheduler with one node to choose from."""

from typing import Any, Protocol


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
