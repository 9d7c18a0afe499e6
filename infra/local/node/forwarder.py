"""The Service address: new connections go to each of the Service's backends in turn, and come from the client's address
(as with `externalTrafficPolicy: Local`).

The cluster's own way is closed: an EndpointSlice takes no address in 127.0.0.0/8.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

CHUNK = 65536
BACKLOG = 500

log = logging.getLogger(__name__)

type Backends = Callable[[str | int], Sequence[tuple[str, int]]]
"""Address and port of each pod that may take a connection now, given the Service's target port (name or number)."""


class Forwarder:
    """Listens at one address for the ports of one Service."""

    def __init__(self, address: str, backends: Backends) -> None:
        self._address = address
        self._backends = backends
        self._turn = itertools.count()
        self._targets: dict[int, str | int] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, targets: Mapping[int, str | int]) -> None:
        """Listen on these ports, each of which goes to a target port, and on no other."""
        if targets == self._targets:
            return
        self.close()
        self._targets = dict(targets)
        for port in targets:
            server = await asyncio.start_server(self._connection_to(port), self._address, port, backlog=BACKLOG)
            self._servers.append(server)
        log.info("service listens on %s, ports %s", self._address, ", ".join(map(str, targets)))

    def close(self) -> None:
        """Take no more connections; those that are open stay."""
        for server in self._servers:
            server.close()
        self._servers.clear()

    def _connection_to(self, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            backends = self._backends(self._targets[port])
            if not backends:
                writer.transport.abort()  # a reset: with no endpoint, kube-proxy refuses
                return
            address, target = backends[next(self._turn) % len(backends)]
            connection = asyncio.create_task(forward(reader, writer, address, target))
            # Nothing else does: a half-closed connection would be collected as garbage.
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)

        return connected


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int) -> None:
    """Carry one connection until both sides have ended it or one broke it off."""
    with closing(writer):
        if (client := writer.get_extra_info("peername")) is None:
            return  # it has gone already
        try:
            backend_reader, backend_writer = await asyncio.open_connection(address, port, local_addr=(client[0], 0))
            with closing(backend_writer):
                async with asyncio.TaskGroup() as directions:
                    directions.create_task(carry(reader, backend_writer))
                    directions.create_task(carry(backend_reader, writer))
        except* OSError:
            writer.transport.abort()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
