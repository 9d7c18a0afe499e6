"""The local stack, started once for all tests that ask for it: two clusters, and everything else there is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from infra.local import stack as local
from infra.local.loopback import Addresses
from shared.compose import compose
from shared.inventory import Inventory
from shared.ports import Ports

CLUSTERS = ("ss-dev-00", "ss-dev-01")

PROJECTION = 0.8
"""Seconds until pods see a changed Secret: more than a first look takes on a busy machine, so that it sees the old
version and a relay in restart mode is restarted; less than the second that passes until the next look."""


LONG, STACK, OTHER = 60.0, 10.0, 0.2
"""Seconds that a test takes, roughly: one marked `long`, another one on the stack, any other."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker ends with it alone.

    By `--dist worksteal` each worker gets an equal number of tests, in sequence, and takes from another's end when it
    has done its own. So modules are dealt to the workers by time, and each share is filled up with quick tests.
    """
    modules = [list(module) for _, module in groupby(items, key=lambda item: item.path)]
    modules.sort(key=lambda module: sum(map(seconds, module)), reverse=True)
    shares: list[list[pytest.Item]] = [[] for _ in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))]
    quick: list[pytest.Item] = []
    for module in modules:
        least = min(shares, key=lambda share: sum(map(seconds, share)))
        least += sorted((item for item in module if seconds(item) != OTHER), key=seconds, reverse=True)
        quick += [item for item in module if seconds(item) == OTHER]
    left = len(items)
    ordered: list[pytest.Item] = []
    for number, share in enumerate(shares):
        size = left // (len(shares) - number)
        ordered += share + [quick.pop() for _ in range(min(size - len(share), len(quick)))]
        left -= size
    items[:] = ordered + quick


def seconds(item: pytest.Item) -> float:
    """Return about how long a test takes."""
    if item.get_closest_marker("long"):
        return LONG
    return STACK if item.get_closest_marker("e2e") else OTHER


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The stack, seen from a test."""

    stack: local.Stack

    @property
    def folder(self) -> Path:
        return self.stack.folder

    @property
    def addresses(self) -> Addresses:
        return self.stack.addresses

    @property
    def ports(self) -> Ports:
        """Real ports, as one execution gets them."""
        return compose(self.stack.environment)

    @property
    def inventory(self) -> Inventory:
        return self.ports.inventory


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Everything but the functions host."""
    with local.running_stack(tmp_path_factory.mktemp("stack"), CLUSTERS, PROJECTION, clients=False) as stack:
        yield RunningStack(stack)
