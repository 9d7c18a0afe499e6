"""Following what the functions host logs, one JSON object per line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class HostLog:
    """A place in the host's log, from which it is read on."""

    def __init__(self, path: Path) -> None:
        """Begin at the log's present end."""
        self._path = path
        self._offset = path.stat().st_size

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield what came since the last call; an unfinished line, and what is not JSON, waits or is passed over."""
        with self._path.open("rb") as log:
            log.seek(self._offset)
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                if line.startswith(b"{"):
                    yield json.loads(line)
