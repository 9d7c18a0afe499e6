"""Which files of the checkout belong into the package: those that Git tracks and the app needs, and the inventory's.

Usage: python -m infra.local.packaging INVENTORY, which prints them, each ended by a NUL. Whatever else lies about in
the checkout stays out of it.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from shared.errors import ConfigError
from shared.inventory import SYSTEM_ROOTS, Inventory, parse

APP = Path(__file__).parents[2]
NEEDED = ("function_app.py", "host.json", "requirements.txt", "functions", "shared")


def packaged(app: Path, inventory: Path) -> Iterator[Path]:
    """Yield the files, relative to `app`. Raises ConfigError for an inventory that is not valid, ValueError for one
    that is not in the checkout, or names a file that is not."""
    tracked = ["git", "ls-files", "-z", "--", *NEEDED]
    listed = subprocess.run(tracked, cwd=app, capture_output=True, text=True, check=True).stdout
    yield from (Path(name) for name in listed.split("\0") if name and (app / name).is_file())
    yield inside(app, inventory)
    for name in dict.fromkeys(named_files(parse(inventory.read_text(encoding="utf-8")))):
        file = inventory.parent / name
        if file.is_file():
            yield inside(app, file)
        else:
            print(f"{inventory.name} names {name}, which does not exist: it is left out", file=sys.stderr)


def named_files(inventory: Inventory) -> Iterator[str]:
    yield from (cluster.ca_file for cluster in inventory.clusters.values() if cluster.ca_file)
    yield from (issuer.roots for issuer in inventory.issuers.values() if issuer.roots != SYSTEM_ROOTS)


def inside(app: Path, file: Path) -> Path:
    try:
        return file.resolve().relative_to(app.resolve())
    except ValueError:
        raise ValueError(f"{file} cannot be packaged: it is not below {app}. Put it there.") from None


if __name__ == "__main__":
    try:
        sys.stdout.write("".join(f"{file}\0" for file in packaged(APP, Path(sys.argv[1]).absolute())))
    except (ConfigError, ValueError, OSError) as error:
        sys.exit(str(error))
