"""The volumes of one pod: made when its Secrets exist, projected again when they change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from infra.local.node.exim import exim_group
from infra.local.node.filesystem import make_pod, volume_of
from infra.local.node.podspec import PodSpec, SecretVolume
from infra.local.node.projection import project

log = logging.getLogger(__name__)

type Secrets = Callable[[str, str], Mapping[str, bytes] | None]
"""The content of a Secret, by namespace and name; None if there is no such Secret."""


class Volumes:
    """`delay` returns the seconds from a Secret's change to the change of its files."""

    def __init__(self, pod: PodSpec, folder: Path, secrets: Secrets, delay: Callable[[], float]) -> None:
        self._pod = pod
        self._folder = folder
        self._secrets = secrets
        self._delay = delay
        self._changed = asyncio.Event()

    async def secrets_exist(self, missing: Callable[[str], Awaitable[None]]) -> None:
        """Return when every Secret exists that is not optional; `missing` is told, once, of each that does not."""
        told: set[str] = set()
        while absent := {
            volume.secret for volume in self._pod.secrets if not volume.optional and not self._has(volume)
        }:
            self._changed.clear()
            for secret in absent - told:
                log.info("%s waits for secret %s", self._pod, secret)
                await missing(secret)
            told |= absent
            await self._changed.wait()

    def make(self) -> None:
        """Make the pod's folder with all volumes."""
        make_pod(self._folder, self._pod, exim_group())
        for volume in self._pod.secrets:
            self._project(volume)

    def secret_changed(self, name: str) -> None:
        """The Secret came, changed or went."""
        self._changed.set()
        for volume in self._pod.secrets:
            if volume.secret == name:
                asyncio.get_running_loop().call_later(self._delay(), self._project, volume)

    def _has(self, volume: SecretVolume) -> bool:
        return self._secrets(self._pod.namespace, volume.secret) is not None

    def _project(self, volume: SecretVolume) -> None:
        """The files of a Secret that went stay, unless it is optional."""
        payload = self._secrets(self._pod.namespace, volume.secret)
        if payload is None and volume.optional:
            payload = {}
        path = volume_of(self._folder, volume.name)
        if payload is None or not path.exists():
            return
        if project(path, payload, group=exim_group()):
            log.info("%s has secret %s projected: %s", self._pod, volume.secret, ", ".join(payload) or "no keys")
