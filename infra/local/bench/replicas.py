"""Relays without a cluster: real Exims, started and supplied as the local stack's node does it."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from infra.local.bench.versions import Layout
from infra.local.loopback import CLUSTERS, claimed_addresses
from infra.local.node.child_processes import ChildProcesses
from infra.local.node.container import USER, Container, Relay, exim_group
from infra.local.node.podspec import EmptyVolume, Mount, PodSpec, SecretVolume
from infra.local.node.volumes import make_pod, make_root, project, volume_of

EXIM = Path("/usr/sbin/exim4")
PORT = 25
PATIENCE = 10.0

POD = PodSpec(
    namespace="mailrelay",
    name="mailrelay-0",
    uid="00000000-0000-0000-0000-000000000000",
    labels={},
    container="exim",
    image="mailrelay",
    ports={},
    volumes=(SecretVolume("tls", "relay-tls", optional=False), EmptyVolume("spool")),
    mounts=(
        Mount("tls", PurePosixPath("/etc/relay/tls"), None),
        Mount("spool", PurePosixPath("/var/spool/relay"), None),
    ),
    pre_stop=0,
    grace=0,
)


@dataclass(frozen=True, slots=True)
class Replica:
    """A running relay, and the folder of its pod."""

    address: str
    folder: Path

    def project(self, payload: Mapping[str, bytes]) -> None:
        """Swap the files of its Secret, as the kubelet does."""
        project(volume_of(self.folder, "tls"), payload, group=exim_group())


@contextmanager
def replicas(number: int, layout: Layout, payload: Mapping[str, bytes]) -> Iterator[list[Replica]]:
    """Run relays that have this payload from the beginning."""
    with ExitStack() as stack:
        addresses = stack.enter_context(claimed_addresses())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relaykeeper-bench-")))
        folder.chmod(0o755)  # Exim gives up root
        configuration = folder / "exim.conf"
        configuration.write_text(layout.configuration)
        children = ChildProcesses()
        stack.callback(children.close)
        running = []
        for ordinal in range(number):
            replica = Replica(addresses.pod(CLUSTERS[0], ordinal), folder / str(ordinal))
            stack.enter_context(started(replica, configuration, payload, children))
            running.append(replica)
        yield running


@contextmanager
def started(
    replica: Replica, configuration: Path, payload: Mapping[str, bytes], children: ChildProcesses
) -> Iterator[None]:
    """Run one relay; raises TimeoutError if it does not greet, after which its log is in `folder/log`."""
    make_pod(replica.folder, POD, exim_group())
    replica.project(payload)
    log = replica.folder / "log"
    log.mkdir()
    shutil.chown(log, USER)
    root = make_root(replica.folder, POD, configuration, log)
    relay = Relay(EXIM, root, POD.name, replica.address, [PORT])
    container = Container(relay, children, log / "output")
    try:
        asyncio.run(asyncio.wait_for(container.ready(), PATIENCE))
        yield
    finally:
        container.kill()
