"""A zip whose bytes depend on the files alone: sorted, with one time and one mode for all.

Usage: python -m infra.local.zipping FOLDER ZIP
"""

import sys
import zipfile
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can name (APPNOTE 4.4.6)."""

READABLE = 0o100644 << 16
"""A regular file that everybody may read, as zips of Unix say it (APPNOTE 4.4.15)."""

UNIX = 3
"""The system that made the entry (APPNOTE 4.4.2)."""


def write_zip(folder: Path, target: Path) -> None:
    """Put every file below `folder` into the zip `target`; what was there is replaced once the new one is whole."""
    unfinished = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(unfinished, "w") as package:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), EARLIEST)
            entry.external_attr, entry.create_system = READABLE, UNIX
            package.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    unfinished.replace(target)


if __name__ == "__main__":
    write_zip(Path(sys.argv[1]), Path(sys.argv[2]))
