"""Ways to break what relays are given, or how they read it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import msgspec

from infra.local.stack import Stack
from tests.e2e.breaking.broken_files import Breakage, Fault
from tests.e2e.breaking.host import Orders
from tests.e2e.cluster import ClusterByHand
from tests.e2e.conftest import DEV, Fleet
from tests.e2e.hosts import host_by

ORDERS = "orders.json"


def breaking_host(stack: Stack) -> AbstractContextManager[None]:
    """A host that `versions_broken` can tell what to break stands in for the usual one."""
    return host_by(stack, "tests.e2e.breaking.host", "--orders", str(stack.folder / ORDERS))


@contextmanager
def versions_broken(fleet: Fleet, fault: Fault, rollout: float = 20.0) -> Iterator[None]:
    """Every later version of the first certificate is broken on its way to a cluster; see Orders for `rollout`."""
    orders = fleet.stack.folder / ORDERS
    orders.write_bytes(msgspec.json.encode(Orders(Breakage(DEV, fleet.stored().version, fault), rollout)))
    try:
        yield
    finally:
        orders.unlink()


@contextmanager
def image(fleet: Fleet, cluster: ClusterByHand, change: Callable[[str], str], *pods: str) -> Iterator[None]:
    """Containers of the cluster have another configuration, from these pods' successors on."""
    path = fleet.stack.folder / "images" / cluster.name / "exim.conf"
    proper = path.read_text()
    path.write_text(change(proper))
    try:
        cluster.force_delete(*pods)
        yield
    finally:
        path.write_text(proper)
        cluster.force_delete(*pods)
        cluster.wait_until_ready()
