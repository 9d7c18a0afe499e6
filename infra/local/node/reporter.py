"""Keeps a pod's status in the API at what the pod shows."""

import asyncio
from dataclasses import replace
from typing import Any

from infra.local.node.api import ClusterApi
from infra.local.node.podspec import PodSpec
from infra.local.node.status import ContainerState, Json, conditions, pod_status, timestamp


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
