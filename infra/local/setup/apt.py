"""Debian's part of the stack: Exim, BIND, Alertmanager, and tools to check them with."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.local.setup.steps import SetupError, run, step

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
