"""The functions host that breaks what it writes while FILE says so: `... --orders FILE <the host's own arguments>`.

The product has no switch for this: `compose` is replaced before the app is loaded.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

import shared.compose
from infra.local.host.__main__ import main
from shared.domain.serving import delivery
from shared.domain.serving.tls_secret import SecretApply
from shared.ports import Ports
from tests.e2e.breaking.broken_files import Breakage, broken

compose = shared.compose.compose
ROLLOUT = delivery.ROLLOUT


@dataclass(frozen=True, slots=True)
class Orders:
    """`rollout`: seconds that pods get to be Ready, in place of ten minutes."""

    breakage: Breakage
    rollout: float


class BreakingClusters:
    """Stands before the clusters."""

    def __init__(self, inner: Any, breakage: Breakage) -> None:
        self._inner, self._breakage = inner, breakage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, cluster: str, part: SecretApply) -> None:
        self._inner.apply(cluster, broken(part, self._breakage))


def compose_by(orders: Path) -> Any:
    """Return what stands in for `compose`."""

    def composed(environment: Mapping[str, str]) -> Ports:
        ports = compose(environment)
        if not orders.exists():
            delivery.ROLLOUT = ROLLOUT
            return ports
        order = msgspec.json.decode(orders.read_bytes(), type=Orders)
        delivery.ROLLOUT = timedelta(seconds=order.rollout)
        clusters: Any = BreakingClusters(ports.clusters, order.breakage)
        return replace(ports, clusters=clusters)

    return composed


if __name__ == "__main__":
    shared.compose.compose = compose_by(Path(sys.argv[2]))
    del sys.argv[1:3]
    sys.exit(main())
