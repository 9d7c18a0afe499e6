"""Debian's part of the stack: Exim, BIND, Alertmanager, tools to check them with; and Postfix for tests.

Postfix is unpacked into the cache: to install it would remove Exim.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.local.setup.steps import SetupError, move_into_place, run, step, workshop
from infra.local.tools import cache, find_postfix

PACKAGES = (
    "bind9",
    "ca-certificates",
    "exim4-daemon-heavy",
    "libnet-ssleay-perl",
    "openssl",
    "prometheus",
    "prometheus-alertmanager",
    "swaks",
)

SCRIPT = Path(__file__).with_name("apt.sh")


def install_packages() -> None:
    """Install the packages that are missing, which takes root."""
    missing = missing_packages(PACKAGES)
    if not missing:
        return
    with step(f"Installing {', '.join(missing)} with apt"):
        run([*as_root(missing), "bash", SCRIPT, *missing])


def missing_packages(packages: Sequence[str]) -> list[str]:
    """Those that are not installed."""
    if shutil.which("dpkg-query") is None:
        raise SetupError(f"set-up knows Debian and its kin only; elsewhere install {', '.join(packages)} by hand")
    said = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        check=False,  # 1: it has not heard of one of them
        text=True,
    ).stdout
    installed = {line.partition(" ")[0] for line in said.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in installed]


def as_root(packages: list[str]) -> list[str]:
    """What to put before a command that needs root."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise SetupError(
            f"installing {', '.join(packages)} needs root, and there is no sudo here: run `make setup` as root, "
            f"or have somebody run `bash {SCRIPT} {' '.join(packages)}`"
        )
    print("This needs root: sudo may ask for your password.", flush=True)
    return ["sudo"]


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
