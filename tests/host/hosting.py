"""A host process with the sample app, and what it writes."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

from infra.local.processes import Process, Supervisor, answers

PAUSE = 0.02
PATIENCE = 30.0
"""Seconds until a test gives up waiting for something that should happen."""

SAMPLE_APP = Path(__file__).parent / "sample_app"

MASTER_KEY = "the-master-key"
DEFAULT_KEY = "the-default-key"

type Line = Mapping[str, Any]


def eventually[T](look: Callable[[], T], what: str) -> T:
    """What `look` returns once that is true-like; fails the test with `what` if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
        time.sleep(PAUSE)
    return found


def host_command(settings: Path, app: Path, address: str) -> list[str]:
    return [sys.executable, "-m", "infra.local.host", "--settings", str(settings), "--app", str(app), "--host", address]


@dataclass(slots=True)
class RunningHost:
    """A host that serves the sample app; its log spans restarts."""

    supervisor: Supervisor
    process: Process
    url: str
    release: Path
    """Once this file exists, messages with the text `hold` end."""

    @classmethod
    @contextmanager
    def serving(
        cls, supervisor: Supervisor, folder: Path, address: str, values: Mapping[str, str]
    ) -> Iterator["RunningHost"]:
        """A host with these settings and the keys below, for as long as the block lasts."""
        release = folder / "release"
        settings = folder / "settings.json"
        document = {
            "IsEncrypted": False,
            "Values": {"SAMPLE_SCHEDULE": "0 0 0 1 1 *", "SAMPLE_RELEASE": str(release), **values},
            "Host": {"Keys": {"master": MASTER_KEY, "default": DEFAULT_KEY}},
        }
        settings.write_text(json.dumps(document))
        url = f"http://{address}:7071"
        command = host_command(settings, SAMPLE_APP, address)
        process = supervisor.start("host", command, ready=lambda: answers(f"{url}/admin/host/status"))
        running = cls(supervisor, process, url, release)
        try:
            yield running
        finally:
            running.kill()
            process.log.unlink()

    def lines(self, **wanted: object) -> list[Line]:
        """The lines of the log that have all these fields."""
        whole, _, _ = self.process.log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if all(line.get(name) == value for name, value in wanted.items())]

    def wait_for(self, count: int = 1, **wanted: object) -> Line:
        """The `count`-th line that has all these fields."""
        eventually(lambda: len(self.lines(**wanted)) >= count, f"{count} lines with {wanted}")
        return self.lines(**wanted)[count - 1]

    def works(self) -> list[Line]:
        """What the function `work` was given, in the order of its invocations."""
        return [json.loads(line["message"]) for line in self.lines(function="work", logger="root")]

    def terminate(self) -> None:
        """Send SIGTERM, and return while the host obeys."""
        os.kill(self.process.pid, SIGTERM)

    def exit_status(self) -> int:
        """The status with which it ends by itself."""
        eventually(lambda: self.process.exit_status is not None, "the host ends")
        status = self.process.exit_status
        assert status is not None
        return status

    def kill(self) -> None:
        self.process.end(SIGKILL)

    def start_again(self) -> None:
        self.process = self.supervisor.restart("host")
