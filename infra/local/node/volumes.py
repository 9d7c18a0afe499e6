"""What a pod's container sees: its volumes, mounted below a folder that stands for the container's root.

<pod>/volumes/<name>/    the volumes, which live as long as the pod
<pod>/root/              new for each start of the container

A Secret's volume is a folder of symbolic links `key -> ..data/key`, and `..data` is a symbolic link to a folder with
the time in its name. A change writes a new such folder and renames a new link over `..data`: a reader of a path finds
the old content or the new one, never half of either, but two reads in a row may find one of each.
https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
"""

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from infra.local.node.container import USER, exim_group
from infra.local.node.podspec import EmptyVolume, Mount, PodSpec, SecretVolume

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
        """Return when every Secret exists that is not optional; `missing` is called once for each that does not."""
        reported: set[str] = set()
        while absent := {
            volume.secret for volume in self._pod.secrets if not volume.optional and not self._has(volume)
        }:
            self._changed.clear()
            for secret in absent - reported:
                log.info("%s waits for secret %s", self._pod, secret)
                await missing(secret)
            reported |= absent
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


DATA = "..data"

FILE_MODE = 0o440

FOLDER_MODE = 0o750


def project(volume: Path, payload: Mapping[str, bytes], *, group: int) -> bool:
    """Make the folder `volume` hold `payload`, readable by `group`; whether that changed anything."""
    data = volume / DATA
    previous = data.resolve() if data.is_symlink() else None
    if previous and content(previous) == payload:
        return False

    fresh = write(volume, payload, group)
    link = volume / "..data_tmp"
    link.symlink_to(fresh.name)
    link.rename(data)

    for key in payload:
        if not (volume / key).is_symlink():
            (volume / key).symlink_to(f"{DATA}/{key}")
    for path in volume.iterdir():
        if not path.name.startswith("..") and path.name not in payload:
            path.unlink()
    if previous:
        shutil.rmtree(previous)
    return True


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write(volume: Path, payload: Mapping[str, bytes], group: int) -> Path:
    """A new folder in `volume`, named after the time, that holds `payload`."""
    folder = Path(tempfile.mkdtemp(prefix=f"..{datetime.now(UTC):%Y_%m_%d_%H_%M_%S}.", dir=volume))
    for key, value in payload.items():
        file = folder / key
        file.touch(mode=0o600)
        file.write_bytes(value)
        os.chown(file, -1, group)
        file.chmod(FILE_MODE)
    os.chown(folder, -1, group)
    folder.chmod(FOLDER_MODE)
    return folder


LOG = PurePosixPath("/var/log/relay")


def make_pod(folder: Path, pod: PodSpec, group: int) -> None:
    """The pod's folder, and its volumes, still empty. An emptyDir is everybody's to write, a Secret is `group`'s."""
    folder.mkdir(mode=FOLDER_MODE, parents=True)
    os.chown(folder, -1, group)
    for volume in pod.volumes:
        path = volume_of(folder, volume.name)
        path.mkdir(parents=True)
        path.chmod(0o777 if isinstance(volume, EmptyVolume) else 0o755)


def volume_of(folder: Path, name: str) -> Path:
    return folder / "volumes" / name


def make_root(folder: Path, pod: PodSpec, configuration: Path, log: Path) -> Path:
    """The container's root: Exim's configuration, as in the image, the pod's mounts, and `log` in place of its log."""
    root = folder / "root"
    if root.exists():
        shutil.rmtree(root)
    (root / "etc/exim4").mkdir(parents=True)
    shutil.copyfile(configuration, root / "etc/exim4/exim4.conf")
    for mount in pod.mounts:
        if mount.path != LOG:
            attach(volume_of(folder, mount.volume), mount, root)
    inside(root, LOG).symlink_to(log)
    return root


def attach(volume: Path, mount: Mount, root: Path) -> None:
    """A volume is seen through a link. One file of it is the file that was there: no later projection reaches it."""
    target = inside(root, mount.path)
    source = volume / (mount.sub_path or "")
    if source.is_file():
        os.link(source.resolve(), target)
    else:
        source.mkdir(exist_ok=True)
        target.symlink_to(source)


def inside(root: Path, path: PurePosixPath) -> Path:
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def check_reachable(folder: Path) -> None:
    """Raise PermissionError if a folder above `folder` keeps Exim's user out."""
    for parent in folder.absolute().parents:
        if not parent.stat().st_mode & 0o001:
            raise PermissionError(
                f"{USER} cannot enter {parent}, which is above {folder} where it is to find its certificates: "
                f"run chmod o+x {parent}, or give a folder elsewhere"
            )
