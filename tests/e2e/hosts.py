"""Hosts of the tests' own, in place of the stack's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.loopback import HOST_PORT
from infra.local.processes import answers
from infra.local.stack import APP, Stack, start_host


@contextmanager
def host_by(stack: Stack, entry: str, *options: str, settings: Path | None = None) -> Iterator[None]:
    """The module `entry` starts the functions host; with `settings`, by these instead of the stack's."""
    argv = [sys.executable, "-m", entry, *options, "--settings", str(settings or stack.settings), "--app", str(APP)]
    stack.supervisor.stop("host")
    try:
        stack.supervisor.start(
            "host",
            [*argv, "--host", stack.addresses.core, "--port", str(HOST_PORT)],
            ready=lambda: answers(f"{stack.addresses.functions_host}/admin/host/status"),
        )
        yield
    finally:
        stack.supervisor.stop("host")
        start_host(stack)
