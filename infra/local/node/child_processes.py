"""Nothing a node started outlives the node, even one that is killed outright.

PR_SET_PDEATHSIG cannot do that for Exim, which gives up root, whereupon the kernel forgets the signal (prctl(2)). So a
small process reads from a pipe which process groups to guard, and kills them when the node, the pipe's other end, is
gone. A child names its group itself, before it becomes Exim: at no moment is there one that the guard does not know.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ANNOUNCE_AND_RUN = 'echo "+$$" >&0; exec "$@" </dev/null'


class ChildProcesses:
    """Starts a node's programs; the node's end of the pipe to the guard."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            start_new_session=True,  # a kill of the node's group must not reach the guard first
        )

    def spawn(self, argv: Sequence[str], output: Path) -> subprocess.Popen[bytes]:
        """Start a program that leads a process group of its own and writes to the file `output`."""
        with output.open("ab") as file:
            return subprocess.Popen(
                ["/bin/sh", "-c", ANNOUNCE_AND_RUN, "sh", *argv],
                stdin=self._pipe,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def release(self, process_group: int) -> None:
        """The group is gone, and its number free for others."""
        self._pipe.write(f"-{process_group}\n".encode())
        self._pipe.flush()

    def close(self) -> None:
        """Kill what is left."""
        self._pipe.close()
        self._process.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin


def guard() -> None:
    """Read `+group` and `-group` lines from standard input to its end; then kill the groups that remain."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        if line[0] == "+":
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended by itself


if __name__ == "__main__":
    guard()
