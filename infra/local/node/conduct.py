"""How a node behaves as long as its Node object says so: what `kubectl cordon` and `kubectl annotate node` change."""

from dataclasses import dataclass
from typing import Any

from infra.local.node.config import NodeConfig

PROJECTION = "stack/projection-delay"
RESTART = "stack/restart-delay"


@dataclass(frozen=True, slots=True)
class Conduct:
    """`cordoned`: no pod comes to this node. The delays, in seconds, are those of NodeConfig unless annotated."""

    cordoned: bool
    projection_delay: float
    restart_delay: float


def conduct(node: Any, config: NodeConfig) -> Conduct:
    """Read a V1Node. Raises ValueError for an annotation that is no number."""
    annotations = node.metadata.annotations or {}
    return Conduct(
        cordoned=bool(node.spec.unschedulable),
        projection_delay=float(annotations.get(PROJECTION, config.projection_delay)),
        restart_delay=float(annotations.get(RESTART, config.restart_delay)),
    )
