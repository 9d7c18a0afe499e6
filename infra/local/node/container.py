"""A running relay as a container: a daemon and the sessions it forked, which are one process group."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.node.exim import PAUSE, Relay
from infra.local.node.guardian import Guardian


class Container:
    """A relay that was started; it writes errors of its start to the file `output`."""

    def __init__(self, relay: Relay, guardian: Guardian, output: Path) -> None:
        self._relay = relay
        self._guardian = guardian
        self._daemon: subprocess.Popen[bytes] = guardian.spawn(relay.argv, output)

    async def ready(self) -> None:
        """Return when the relay greets."""
        await self._relay.ready()

    async def ended(self) -> int:
        """Return when the daemon ended: its exit status, negative for a signal."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        pidfd = os.pidfd_open(self._daemon.pid)
        loop.add_reader(pidfd, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(pidfd)
            os.close(pidfd)
        return self._daemon.wait()

    async def stop(self, deadline: float, hurry: asyncio.Event) -> None:
        """SIGTERM the daemon, and wait for sessions in progress: until `deadline` (monotonic), or `hurry` is set."""
        self._daemon.terminate()
        while is_alive(self._daemon.pid) and time.monotonic() < deadline and not hurry.is_set():
            await asyncio.sleep(PAUSE)

    def kill(self) -> None:
        """End the daemon and its sessions at once, if any are left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._daemon.pid, signal.SIGKILL)
        self._daemon.wait()
        self._guardian.forget(self._daemon.pid)


def is_alive(process_group: int) -> bool:
    """Whether a process of the group runs. A zombie does not: it may be long before a daemon's orphans are reaped."""
    return any(group == process_group and state != "Z" for state, group in processes())


def processes() -> Iterator[tuple[str, int]]:
    """State and process group of every process (proc(5), /proc/pid/stat)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = stat.read_text().rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        yield state, int(process_group)
