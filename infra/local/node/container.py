"""A running relay as a container: Exim below a folder that stands for the container's root.

The daemon and the sessions that it forked are one process group.
"""

import asyncio
import contextlib
import grp
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.node.child_processes import ChildProcesses


@dataclass(frozen=True, slots=True)
class Relay:
    """`root` holds what the container would see: configuration, certificates, clients, spool and log.

    `name` is the one in the banner. The relay listens on every port of `ports` at `address`.
    """

    exim: Path
    root: Path
    name: str
    address: str
    ports: Sequence[int]

    @property
    def argv(self) -> list[str]:
        """The daemon, in the foreground. The configuration must be root's: Exim refuses another's."""
        sockets = " ; ".join(f"[{self.address}]:{port}" for port in self.ports)
        return [
            str(self.exim),
            *("-C", str(self.root / "etc/exim4/exim4.conf")),
            f"-DRELAY_ROOT={self.root}",
            f"-DRELAY_NAME={self.name}",
            "-bdf",
            *("-oX", f"<; {sockets}"),
        ]

    async def ready(self) -> None:
        """Return when a connection to each port gets the 220 banner."""
        for port in self.ports:
            await wait_for_banner(self.address, port)


class Container:
    """A relay that was started; it writes errors of its start to the file `output`."""

    def __init__(self, relay: Relay, children: ChildProcesses, output: Path) -> None:
        self._relay = relay
        self._children = children
        self._daemon: subprocess.Popen[bytes] = children.spawn(relay.argv, output)

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
        self._children.release(self._daemon.pid)


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


USER = "Debian-exim"

PAUSE = 0.05
"""Seconds between two looks at a relay that starts, or whose sessions end."""

BANNER_TIMEOUT = 2.0
"""Seconds to wait for a relay's banner."""


async def wait_for_banner(address: str, port: int) -> None:
    """Return when a connection gets the 220 banner (RFC 5321, section 4.2)."""
    while not await greets(address, port):
        await asyncio.sleep(PAUSE)


async def greets(address: str, port: int) -> bool:
    try:
        async with asyncio.timeout(BANNER_TIMEOUT):
            reader, writer = await asyncio.open_connection(address, port)
            try:
                return (await reader.readline()).startswith(b"220 ")
            finally:
                writer.close()
    except OSError:
        return False


def exim_group() -> int:
    """The group that Exim reads certificates and passwords as."""
    return grp.getgrnam(USER).gr_gid
