"""Exims on loopback that behave as other people's do, each with lines of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.node.container import USER
from infra.local.pki import KeyPair
from tests.relay.conftest import ADDRESS, EXIM, START_TIMEOUT, free_port

CONFIGURATION = """\
primary_hostname = exim.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
notifier_socket =
keep_environment =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = {folder}/chain.pem
{options}
begin acl
{acls}
"""


@contextmanager
def exim(pair: KeyPair, options: str, acls: str = "") -> Iterator[int]:
    """Run an Exim with these main options and ACLs; yield its port. It leaves no process and no file."""
    with tempfile.TemporaryDirectory(prefix="exim-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for writable in (folder / "spool", folder / "log"):
            writable.mkdir()
            shutil.chown(writable, USER)
        chain = folder / "chain.pem"
        chain.touch(mode=0o640)
        shutil.chown(chain, group=USER)
        chain.write_bytes(pair.key.read_bytes() + pair.certificate.read_bytes())
        configuration = folder / "exim.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, options=options, acls=acls))
        port = free_port()
        argv: list[str | Path] = [EXIM, "-C", configuration, "-bdf", "-oX", f"[{ADDRESS}]:{port}"]
        with subprocess.Popen(argv, start_new_session=True) as daemon:
            try:
                wait_until_listening(daemon, folder / "log/mainlog")
                yield port
            finally:
                if daemon.poll() is None:
                    os.killpg(daemon.pid, signal.SIGKILL)  # its sessions too


def wait_until_listening(daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not (log.exists() and "listening for SMTP" in log.read_text()):
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Exim did not listen within {START_TIMEOUT:g} s, status {daemon.poll()}")
        time.sleep(0.02)
