"""How a node behaves: its configuration, until `kubectl cordon` or `kubectl annotate node` say otherwise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from infra.local.loopback import Addresses

PROJECTION = "stack/projection-delay"

RESTART = "stack/restart-delay"

ROTATION = "stack/rotation-interval"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`cordoned`: no pod comes to this node. The delays, in seconds, are those of NodeConfig unless annotated."""

    cordoned: bool
    projection_delay: float
    restart_delay: float
    rotation_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One cluster's node, until its Node object says otherwise (see `read_behaviour`).

    `projection_delay`: seconds from a Secret's change to the change of mounted files; a kubelet takes 60 to 90.
    `restart_delay`: seconds before the second restart of a container that keeps ending, doubled for each further one.
    `rotation_interval`: seconds between two looks of the Secrets Store CSI driver into the vault; two minutes unless it
    is told otherwise. `csi_identity`: the client id of its managed identity.
    `service`: `namespace/name` of the Service that listens on the cluster's service address.
    `folder` holds the pods' files while they exist and must be one that the user Debian-exim can enter; `logs` is where
    pods leave their logs. Relative paths start at the working directory.
    """

    cluster: str
    block: int
    kubeconfig: Path
    folder: Path
    logs: Path
    exim_configuration: Path
    exim: Path = Path("/usr/sbin/exim4")
    service: str = "mailrelay/mailrelay"
    projection_delay: float = 1.0
    restart_delay: float = 10.0
    rotation_interval: float = 120.0
    csi_identity: str = ""

    @property
    def node(self) -> str:
        return f"{self.cluster}-node"

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.block)

    def configuration_of(self, image: str) -> Path:
        """Exim's configuration in an image: a file of its name beside the reference relay's, or that one."""
        own = self.exim_configuration.with_name(f"{image}.conf")
        return own if own.exists() else self.exim_configuration

    @property
    def pods(self) -> Path:
        """Where each pod has a folder while it exists."""
        return self.folder / self.cluster


def read_behaviour(node: Any, config: NodeConfig) -> Behaviour:
    """Read a V1Node. Raises ValueError for an annotation that is no number."""
    annotations = node.metadata.annotations or {}
    return Behaviour(
        cordoned=bool(node.spec.unschedulable),
        projection_delay=float(annotations.get(PROJECTION, config.projection_delay)),
        restart_delay=float(annotations.get(RESTART, config.restart_delay)),
        rotation_interval=float(annotations.get(ROTATION, config.rotation_interval)),
    )


def load(path: Path) -> NodeConfig:
    """Read the JSON file; raises msgspec.ValidationError naming a field that is missing or of the wrong type."""
    return msgspec.json.decode(path.read_bytes(), type=NodeConfig, dec_hook=lambda _, value: Path(value).absolute())


def save(config: NodeConfig, path: Path) -> None:
    """Write what `load` reads."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(config, enc_hook=str)))
