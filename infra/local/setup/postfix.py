"""Postfix for tests, unpacked into the cache: to install it would remove Exim."""

import subprocess
from pathlib import Path

from infra.local.setup.apt import as_root, missing_packages
from infra.local.setup.steps import SetupError, move_into_place, run, step, workshop
from infra.local.tools import cache, find_postfix

PACKAGE = "postfix"

LIBRARIES = ("libdb5.3", "libicu72", "libnsl2", "libsasl2-2", "libssl3", "libtirpc3")
"""What its programs link, besides what every Debian has."""


def unpack_postfix() -> None:
    if find_postfix():
        return
    packages = [PACKAGE, *missing_packages(LIBRARIES)]
    with step(f"Getting {', '.join(packages)} with apt, to be unpacked"), workshop() as place:
        download(packages, place)
        root = place / "root"
        for archive in place.glob("*.deb"):
            run(["dpkg-deb", "--extract", archive, root])
        move_into_place(root, cache() / f"{PACKAGE}-{version(next(place.glob(f'{PACKAGE}_*.deb')))}")


def download(packages: list[str], folder: Path) -> None:
    """Get the packages' archives; a machine that never asked for Debian's lists is made to, as root."""
    command = ["apt-get", "download", "-q", *packages]
    try:
        run(command, folder=folder)
    except SetupError:
        run([*as_root(packages), "apt-get", "update", "-q"])
        run(command, folder=folder)


def version(archive: Path) -> str:
    return subprocess.check_output(["dpkg-deb", "--field", archive, "Version"], text=True).strip()
