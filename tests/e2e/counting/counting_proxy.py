"""Proxies before the relays: ports of our own at each replica's address, which count connections and forward them."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from infra.local.node.forwarder import forward

type Endpoint = tuple[str, int]
"""Address and port of a proxy."""


class CountingProxies:
    """Counts the connections that came to each endpoint, whatever became of them."""

    def __init__(self) -> None:
        self._came: Counter[Endpoint] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def came(self) -> Counter[Endpoint]:
        return Counter(self._came)

    async def open(self, endpoint: Endpoint, target: int) -> asyncio.Server:
        """Listen at `endpoint`; what comes goes on to port `target` of the same address."""
        address, port = endpoint

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._came[endpoint] += 1
            passing = asyncio.create_task(forward(reader, writer, address, target))
            self._under_way.add(passing)
            passing.add_done_callback(self._under_way.discard)

        return await asyncio.start_server(connected, address, port)


@contextmanager
def counting_proxies(addresses: Sequence[str], ports: Mapping[int, int]) -> Iterator[CountingProxies]:
    """Put a proxy before each port of each address: `ports` says which port leads to which."""
    loop, counting = asyncio.new_event_loop(), CountingProxies()
    turning = threading.Thread(target=loop.run_forever, name="counting_proxies")
    turning.start()
    try:
        servers = [
            asyncio.run_coroutine_threadsafe(counting.open((address, endpoint), target), loop).result(timeout=5)
            for address in addresses
            for endpoint, target in ports.items()
        ]
        yield counting
        for server in servers:
            loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        turning.join()
        loop.close()
