"""The one effect that no lease can fence: what a worker was about to do when it froze for longer than its lease."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.domain.journal import Journal
from shared.errors import LeaseLost
from shared.ports import Lease

log = logging.getLogger("relaykeeper.renew")


@contextmanager
def compensate_if_lease_lost(lease: Lease[Journal], undo: Callable[[], None]) -> Iterator[None]:
    """Prolong the lease, let the effect inside happen, and make sure that nobody had taken over by then.

    Else call `undo`, which leaves alone what the replacement uses, and raise LeaseLost. An effect that failed is not
    undone: what is there then may be somebody else's.
    """
    lease.renew()
    yield
    try:
        lease.renew()
    except LeaseLost:
        log.warning("replaced by another worker meanwhile: what was done last is undone unless that one uses it")
        undo()
        raise
