"""What a pod's container sees: a folder that stands for its root, with the pod's volumes mounted into it.

<pod>/volumes/<name>/    the volumes, which live as long as the pod
<pod>/root/              made anew for each start of the container
"""

import os
import shutil
from pathlib import Path, PurePosixPath

from infra.local.node.exim import USER
from infra.local.node.podspec import EmptyVolume, Mount, PodSpec
from infra.local.node.projection import FOLDER_MODE

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
