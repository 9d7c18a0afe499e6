"""Secret volumes as the kubelet projects them.

A volume is a folder of symbolic links `key -> ..data/key`, and `..data` is a symbolic link to a folder with the time in
its name. A change writes a new such folder and renames a new link over `..data`: whoever opens a path finds the old
content or the new one, never half of either, but two reads in a row may find one of each.
https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

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
