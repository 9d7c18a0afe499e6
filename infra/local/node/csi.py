"""The Secrets Store CSI driver with Azure's provider, as far as a relay needs it: secrets of a vault become files.

All objects of a SecretProviderClass are mounted or none. What a pod has is in a SecretProviderClassPodStatus. At each
rotation the class and its newest versions are read again; if that fails, the pod keeps what it has.

https://secrets-store-csi-driver.sigs.k8s.io/concepts
https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from infra.local.csi.objects import CLASSES, GROUP, STATUSES, VERSION, pod_status
from infra.local.node.api import TIMEOUT, ClusterApi
from infra.local.node.behaviour import Behaviour, NodeConfig
from infra.local.node.container import exim_group
from infra.local.node.podspec import CsiVolume, PodSpec
from infra.local.node.status import Json
from infra.local.node.volumes import project, volume_of

if TYPE_CHECKING:
    from azure.keyvault.secrets import SecretClient

RETRY = 0.5
"""Seconds before a mount that failed is tried again; a kubelet begins with as much, and doubles it each time."""

DRIVER = "failed to mount secrets store objects for pod"

PROVIDER = "rpc error: code = Unknown desc = failed to mount objects, error"

log = logging.getLogger(__name__)


class MountError(Exception):
    """The objects of a class cannot be mounted; the words are the driver's."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one class has a pod mount: files by path, and the versions of secrets by name."""

    files: Mapping[str, bytes] = field(repr=False)
    versions: Mapping[str, str]


class CsiDriver:
    """The driver of one node."""

    def __init__(self, config: NodeConfig, api: ClusterApi) -> None:
        self._config = config
        self._api = api

    def fetch(self, pod: PodSpec, provider_class: str) -> Fetched:
        """Read every object of the class, and block meanwhile; raises MountError naming the first that there is not."""
        parameters = self._parameters(pod, provider_class)
        files, versions = dict[str, bytes](), dict[str, str]()
        for text in yaml.safe_load(parameters["objects"])["array"]:
            wanted = {key: str(value) for key, value in yaml.safe_load(text).items()}
            found = self._secret(pod, parameters["keyvaultName"], wanted)
            files[wanted.get("objectAlias") or wanted["objectName"]] = found.value.encode()
            versions[wanted["objectName"]] = found.properties.version
        return Fetched(files, versions)

    async def report(self, pod: PodSpec, provider_class: str, versions: Mapping[str, str]) -> None:
        """Write the SecretProviderClassPodStatus; once the pod is gone the garbage collector takes it away."""
        status = pod_status(pod.namespace, pod.name, pod.uid, provider_class, versions)
        await self._api.put_custom(GROUP, VERSION, pod.namespace, STATUSES, status)

    def _parameters(self, pod: PodSpec, name: str) -> Mapping[str, str]:
        where = f"{pod.namespace}/{name}"
        try:
            found: Json = self._api.custom.get_namespaced_custom_object(
                GROUP, VERSION, pod.namespace, CLASSES, name, _request_timeout=TIMEOUT
            )
        except (ApiException, HTTPError) as error:
            absent = isinstance(error, ApiException) and error.status == 404
            reason = f'SecretProviderClass.{GROUP} "{name}" not found' if absent else type(error).__name__
            raise MountError(f"failed to get secretproviderclass {where}, error: {reason}") from error
        parameters: Mapping[str, str] = found["spec"]["parameters"]
        return parameters

    def _secret(self, pod: PodSpec, vault: str, wanted: Mapping[str, str]) -> Any:
        from azure.core.exceptions import AzureError, HttpResponseError

        name, version = wanted["objectName"], wanted.get("objectVersion", "")
        failed = f"{DRIVER} {pod.namespace}/{pod.name}, err: {PROVIDER}"
        what = f"failed to get objectType:{wanted['objectType']}, objectName:{name}, objectVersion:{version}"
        if wanted["objectType"] != "secret":
            raise MountError(f"{failed}: {what}: this driver mounts secrets alone")
        url = self._config.addresses.vault(vault)
        try:
            return vault_client(url, self._config.csi_identity).get_secret(name, version or None)
        except HttpResponseError as error:
            code = error.error.code if error.error else ""
            raise MountError(
                f"{failed}: {what}: GET {url}/secrets/{name}/{version} RESPONSE {error.status_code}: {error.reason} "
                f"ERROR CODE: {code}"
            ) from error
        except AzureError as error:
            raise MountError(f"{failed}: {what}: {type(error).__name__}") from error


@cache
def vault_client(url: str, identity: str) -> "SecretClient":
    """A client of the driver's own managed identity. Few nodes have a pod that needs the SDK, which loads slowly."""
    from azure.identity import ManagedIdentityCredential
    from azure.keyvault.secrets import SecretClient

    return SecretClient(url, ManagedIdentityCredential(client_id=identity), api_version="7.6")


class CsiVolumes:
    """The volumes of one pod that the driver mounts; `folder` is the pod's."""

    def __init__(self, pod: PodSpec, folder: Path, driver: CsiDriver, behaviour: Callable[[], Behaviour]) -> None:
        self._pod = pod
        self._folder = folder
        self._driver = driver
        self._behaviour = behaviour
        self._fetched: dict[CsiVolume, Fetched] = {}

    async def fetch(self, failed: Callable[[str, str], Awaitable[None]]) -> None:
        """Return when every volume could be mounted; `failed` is told the volume and why, once for each reason."""
        told: set[str] = set()
        for volume in self._pod.csi_volumes:
            while volume not in self._fetched:
                try:
                    self._fetched[volume] = await self._fetch(volume)
                except MountError as error:
                    if str(error) not in told:
                        log.info("%s waits for %s: %s", self._pod, volume.provider_class, error)
                        await failed(volume.name, str(error))
                    told.add(str(error))
                    await asyncio.sleep(RETRY)

    async def mount(self) -> None:
        """Write the files that were fetched, and report them."""
        for volume, fetched in self._fetched.items():
            await self._mount(volume, fetched)

    async def rotate(self) -> None:
        """Follow the vault until cancelled."""
        while self._pod.csi_volumes:
            await asyncio.sleep(self._behaviour().rotation_interval)
            for volume in self._pod.csi_volumes:
                try:
                    fetched = await self._fetch(volume)
                except MountError as error:
                    log.info("%s keeps what it has of %s: %s", self._pod, volume.provider_class, error)
                else:
                    await self._mount(volume, fetched)

    async def _fetch(self, volume: CsiVolume) -> Fetched:
        return await asyncio.to_thread(self._driver.fetch, self._pod, volume.provider_class)

    async def _mount(self, volume: CsiVolume, fetched: Fetched) -> None:
        if project(volume_of(self._folder, volume.name), fetched.files, group=exim_group()):
            log.info("%s has %s mounted: %s", self._pod, volume.provider_class, ", ".join(fetched.files))
        await self._driver.report(self._pod, volume.provider_class, fetched.versions)
