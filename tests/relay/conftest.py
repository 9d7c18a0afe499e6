"""A reference relay on loopback: its configuration and a real Exim, started as the local stack's node starts it."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pytest

from infra.local.bench.replicas import POD as POD_WITHOUT_CLIENTS
from infra.local.node.container import USER, Relay, exim_group
from infra.local.node.podspec import Mount, SecretVolume
from infra.local.node.volumes import make_pod, make_root, project, volume_of
from infra.local.pki import Authority

CONFIGURATION = Path(__file__).parents[2] / "infra/mailrelay/exim.conf"
EXIM = Path("/usr/sbin/exim4")
ADDRESS = "127.0.0.1"
START_TIMEOUT = 10.0

NO_DELAY = "-DRELAY_LOGIN_DELAY=0s"
"""For tests of failed logins that are not about the time they take."""

POD = replace(
    POD_WITHOUT_CLIENTS,
    volumes=(*POD_WITHOUT_CLIENTS.volumes, SecretVolume("clients", "relay-clients", optional=True)),
    mounts=(*POD_WITHOUT_CLIENTS.mounts, Mount("clients", PurePosixPath("/etc/relay/clients"), None)),
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`bundle` is what a relay reads: key and leaf, PEM. `leaf` is what a handshake returns, DER."""

    bundle: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class RunningRelay:
    port: int
    folder: Path
    authority: Authority

    @property
    def log(self) -> str:
        return "".join(file.read_text() for file in (self.folder / "log").iterdir())

    def certificate(self, name: str) -> Certificate:
        pair = self.authority.issue(name, names=[name])
        leaf = pair.certificate.read_text()
        return Certificate(pair.key.read_bytes() + leaf.encode(), ssl.PEM_cert_to_DER_cert(leaf))

    @property
    def root(self) -> Path:
        """What stands for the container's root."""
        return self.folder / "pod/root"

    def project(self, volume: str, payload: Mapping[str, bytes]) -> None:
        project(volume_of(self.folder / "pod", volume), payload, group=exim_group())


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that Exim's user can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="relay-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[RunningRelay]:
    with running(folder / "relay", CONFIGURATION, NO_DELAY) as relay:
        yield relay


@contextmanager
def running(folder: Path, configuration: Path, *macros: str) -> Iterator[RunningRelay]:
    """Run an Exim in a folder that is still to be made; `macros` are its `-D` arguments."""
    log = folder / "log"
    log.mkdir(parents=True)
    shutil.chown(log, USER)
    make_pod(folder / "pod", POD, exim_group())
    root = make_root(folder / "pod", POD, configuration, log)
    port = free_port()
    daemon = subprocess.Popen([*Relay(EXIM, root, POD.name, ADDRESS, [port]).argv, *macros], start_new_session=True)
    try:
        wait_for_banner(daemon, port)
        yield RunningRelay(port, folder, Authority.create(folder / "pki", "relay"))
        assert daemon.poll() is None, "the relay ended while it was tested"
    finally:
        if daemon.poll() is None:
            os.killpg(daemon.pid, signal.SIGKILL)  # its sessions too
        daemon.wait()


def free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


def wait_for_banner(daemon: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        assert daemon.poll() is None, f"Exim ended with status {daemon.returncode}"
        try:
            with socket.create_connection((ADDRESS, port), timeout=START_TIMEOUT) as connection:
                assert connection.recv(3) == b"220"
                return
        except ConnectionRefusedError:
            time.sleep(0.02)
    pytest.fail(f"Exim did not listen within {START_TIMEOUT:g} s")
