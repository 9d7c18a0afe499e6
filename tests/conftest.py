"""The local stack, started once for all tests that ask for it: two clusters, and everything else there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local import stack as local
from infra.local.loopback import Addresses
from shared.compose import compose
from shared.inventory import Inventory
from shared.ports import Ports

CLUSTERS = ("ss-dev-00", "ss-dev-01")


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
    with local.running_stack(tmp_path_factory.mktemp("stack"), CLUSTERS, projection=0.3) as stack:
        yield RunningStack(stack)
