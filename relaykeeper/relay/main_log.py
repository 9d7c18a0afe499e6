"""A relay's log file, from the moment on at which it was opened: what became of a message is read from it."""

import time
from pathlib import Path
from typing import Self

from shared.domain.clients.exim_log import MessageEnd, end_of_message
from shared.errors import PermanentError

PATIENCE = 30.0
"""Seconds to wait for a message's end: a relay delivers at once what it can deliver."""

PAUSE = 0.5
"""Seconds between two looks into the log."""

MOST_BYTES = 16 * 1024 * 1024
"""Of what is added to the log meanwhile; what comes after it is not read."""


class RelayLog:
    """Exim's main log, to be opened before a message is sent. Use it as a context manager."""

    def __init__(self, file: Path) -> None:
        """Raises PermanentError for a file that cannot be read or has no end to read on from."""
        try:
            self._opened = file.open("rb")
            self._opened.seek(0, 2)
        except OSError as error:
            raise PermanentError(f"cannot read the relay's log {file}: {error.strerror or error}") from error
        self._begins = self._opened.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def wait_for_end(self, queue_id: str, patience: float = PATIENCE) -> MessageEnd:
        """Return what became of the message as soon as the log says so; after `patience` seconds what it says then."""
        deadline = time.monotonic() + patience
        while not (end := end_of_message(self._new_lines(), queue_id)).is_settled and time.monotonic() < deadline:
            time.sleep(PAUSE)
        return end

    def _new_lines(self) -> list[str]:
        """Return the complete lines that were added since it was opened."""
        self._opened.seek(self._begins)
        complete, newline, _ = self._opened.read(MOST_BYTES).rpartition(b"\n")
        return complete.decode(errors="replace").split("\n") if newline else []
