"""A pseudo-terminal in place of standard output, and what was written on it."""

import os
import pty
import sys
import threading
from collections.abc import Callable

import pytest


def on_terminal(run: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run something whose standard output is a terminal, and return what it wrote there, with `\\n` for line ends."""
    ours, theirs = pty.openpty()
    read: list[bytes] = []

    def collect() -> None:
        try:
            while piece := os.read(ours, 4096):
                read.append(piece)
        except OSError:  # EIO: the other end is closed
            return

    reader = threading.Thread(target=collect)
    reader.start()
    with monkeypatch.context() as patch, open(theirs, "w", encoding="utf-8") as screen:  # noqa: PTH123 a descriptor
        patch.setattr(sys, "stdout", screen)
        patch.setenv("TERM", "xterm-256color")
        run()
        screen.flush()
    reader.join()
    os.close(ours)
    return b"".join(read).decode().replace("\r\n", "\n")
