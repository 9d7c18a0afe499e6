"""A real Postfix on loopback, from Debian's unpacked package: one master, and a port for each way to behave."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.pki import KeyPair
from infra.local.tools import MissingToolError, find_postfix
from tests.relay.conftest import ADDRESS, START_TIMEOUT

OWNER = "Debian-exim"
"""Postfix wants a user of its own, and gets the one that set-up has installed."""

GROUP = "mail"
STOP_TIMEOUT = 10.0

QUEUES = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "maildrop",
    "private",
    "public",
    "saved",
    "trace",
)

MAIN = """\
compatibility_level = 3.6
import_environment = LD_LIBRARY_PATH={libraries} MAIL_CONFIG={folder}
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {folder}
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = {owner}
setgid_group = {group}
myhostname = postfix.example
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
inet_protocols = ipv4
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_event_limit_exceptions =
smtpd_tls_security_level = may
smtpd_tls_chain_files = {chain}
smtpd_tls_session_cache_database =
postscreen_cache_map = internal:postscreen
"""

MASTER = """\
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
cleanup unix n - n - 0 cleanup
proxymap unix - - n - - proxymap
tlsproxy unix - - n - 0 tlsproxy
dnsblog unix - - n - 0 dnsblog
smtpd pass - - n - - smtpd
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A port of Postfix: the program behind it, and its parameters."""

    parameters: Mapping[str, str]
    program: str = "smtpd"

    def line(self, port: int) -> str:
        """Its entry in master.cf (master(5))."""
        options = " ".join(f"-o {{ {name} = {value} }}" for name, value in self.parameters.items())
        processes = 1 if self.program == "postscreen" else "-"
        return f"{ADDRESS}:{port} inet n - n - {processes} {self.program} {options}\n"


@dataclass(frozen=True, slots=True)
class Postfix:
    """`ports` by the names of the services."""

    ports: Mapping[str, int]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@contextmanager
def postfix(pair: KeyPair, services: Mapping[str, Service]) -> Iterator[Postfix]:
    """Run a Postfix with these services, which leaves no process and no file."""
    if (root := find_postfix()) is None:
        raise MissingToolError("these tests need Postfix, which is not in the cache: run `make test-tools`")
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        ports = free_ports(services)
        lines = [service.line(ports[name]) for name, service in services.items()]
        libraries = os.pathsep.join(map(str, [root / "usr/lib/postfix", *root.glob("usr/lib/*-linux-gnu")]))
        write(folder, root, libraries, pair, lines)
        argv: list[str | Path] = [root / "usr/lib/postfix/sbin/master", "-d", "-c", folder]
        with subprocess.Popen(argv, env={**os.environ, "LD_LIBRARY_PATH": libraries}, start_new_session=True) as master:
            try:
                wait_until_started(master, folder / "log")
                yield Postfix(ports, folder / "log")
            finally:
                master.terminate()
                master.wait(STOP_TIMEOUT)


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """A port for each name, no two the same."""
    with ExitStack() as taken:
        servers = {name: taken.enter_context(socket.create_server((ADDRESS, 0))) for name in names}
        return {name: server.getsockname()[1] for name, server in servers.items()}


def write(folder: Path, root: Path, libraries: str, pair: KeyPair, services: list[str]) -> None:
    chain = folder / "chain.pem"
    chain.touch(mode=0o600)
    chain.write_bytes(pair.key.read_bytes() + pair.certificate.read_bytes())
    main = MAIN.format(folder=folder, root=root, libraries=libraries, owner=OWNER, group=GROUP, chain=chain)
    (folder / "main.cf").write_text(main)
    (folder / "master.cf").write_text(MASTER + "".join(services))
    for queue in QUEUES:
        make(folder / "queue" / queue)
    make(folder / "data")
    (folder / "queue/pid").mkdir()


def make(folder: Path) -> None:
    """A folder of Postfix's user."""
    folder.mkdir(parents=True)
    shutil.chown(folder, OWNER)


def wait_until_started(master: subprocess.Popen[bytes], log: Path) -> None:
    """Postfix listens before it says that it has started."""
    deadline = time.monotonic() + START_TIMEOUT
    while not (log.exists() and "daemon started" in log.read_text()):
        said = log.read_text() if log.exists() else ""
        if master.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Postfix did not start within {START_TIMEOUT:g} s, status {master.poll()}: {said}")
        time.sleep(0.02)
