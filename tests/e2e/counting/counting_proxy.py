"""Turnstiles before the relays: ports of our own at each replica's address, which count and let everybody pass."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from infra.local.node.forwarder import forward

type Door = tuple[str, int]
"""Address and port of a turnstile."""


class Turnstiles:
    """Counts the connections that came to each door, whatever became of them."""

    def __init__(self) -> None:
        self._came: Counter[Door] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def came(self) -> Counter[Door]:
        return Counter(self._came)

    async def open(self, door: Door, target: int) -> asyncio.Server:
        """Listen at the door; what comes goes on to port `target` of the same address."""
        address, port = door

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._came[door] += 1
            passing = asyncio.create_task(forward(reader, writer, address, target))
            self._under_way.add(passing)
            passing.add_done_callback(self._under_way.discard)

        return await asyncio.start_server(connected, address, port)


@contextmanager
def turnstiles(addresses: Sequence[str], ports: Mapping[int, int]) -> Iterator[Turnstiles]:
    """Put a turnstile before each port of each address: `ports` says which door leads to which port."""
    loop, counting = asyncio.new_event_loop(), Turnstiles()
    turning = threading.Thread(target=loop.run_forever, name="turnstiles")
    turning.start()
    try:
        doors = [
            asyncio.run_coroutine_threadsafe(counting.open((address, door), target), loop).result(timeout=5)
            for address in addresses
            for door, target in ports.items()
        ]
        yield counting
        for server in doors:
            loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        turning.join()
        loop.close()
