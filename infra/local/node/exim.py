"""One relay: how Exim is started below a folder that stands for a container's root, and whether it serves."""

import asyncio
import grp
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

USER = "Debian-exim"

PAUSE = 0.05
"""Seconds between two looks at a relay that starts, or whose sessions end."""

BANNER_TIMEOUT = 2.0
"""Seconds to wait for a relay's banner."""


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
