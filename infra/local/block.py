"""Which loopback addresses a stack may use, when several stacks run side by side."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.addresses import Addresses

BLOCKS = 16
CLAIM_PORT = 7070


class NoBlockError(RuntimeError):
    """Every block has an owner."""


@contextmanager
def claimed_addresses() -> Iterator[Addresses]:
    """Own the first free block: a bound port is the claim, which ends with the process at the latest."""
    for addresses in map(Addresses, range(BLOCKS)):
        with socket.socket() as claim:
            try:
                claim.bind((addresses.core, CLAIM_PORT))
            except OSError:
                continue
            yield addresses
            return
    raise NoBlockError(f"{BLOCKS} local stacks run already; stop one with `make down`")
