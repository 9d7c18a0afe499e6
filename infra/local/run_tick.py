"""Run a function of the host now, wait until the host is quiet, and follow what it logs."""

import json
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient

from infra.local.example_inventory import MASTER_KEY
from infra.local.loopback import Addresses
from shared.azure import STORAGE_OPTIONS
from shared.compose import QUEUE
from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.messages import write_message

PAUSE = 0.1

DEADLINE = 180.0
"""Seconds; projections and rollouts of the local stack take a few."""


class NotQuietError(RuntimeError):
    """There is still work in the queue after the deadline."""


def tick(addresses: Addresses, log: Path, report: Callable[[str], None]) -> float:
    """Run the renewal timer now and wait until its messages, and those that follow, are done.

    `report` gets each line of progress. Returns seconds. Raises NotQuietError.
    """
    began, reading, executed = time.monotonic(), HostLog(log), False

    def note(entry: Mapping[str, Any]) -> None:
        nonlocal executed
        executed = executed or (entry.get("event") == "executed" and entry["function"] == "tick")
        if is_progress(entry):
            report(line(entry))

    run_function(addresses)
    with queue_of(addresses) as queue:
        wait_until_quiet(queue, reading, note, lambda: executed)
    return time.monotonic() - began


def work_on(target: ObjectRef, addresses: Addresses, log: Path, report: Callable[[str], None]) -> None:
    """Send the message that a tick sends, for one object alone: a look at each of the others takes half a second.

    Waits, reports and raises as `tick` does.
    """
    reading = HostLog(log)
    with queue_of(addresses) as queue:
        send_message(target, queue)
        wait_until_quiet(queue, reading, lambda entry: report(line(entry)) if is_progress(entry) else None)


def send_message(target: ObjectRef, queue: QueueClient) -> None:
    """Ask for work on an object."""
    queue.send_message(b64encode(write_message(Message(target, "by hand")).encode()).decode())


@contextmanager
def queue_of(addresses: Addresses) -> Iterator[QueueClient]:
    with (
        DefaultAzureCredential() as credential,
        QueueClient(addresses.queue_service, QUEUE, credential=credential, **STORAGE_OPTIONS) as queue,
    ):
        yield queue


def wait_until_quiet(
    queue: QueueClient,
    reading: "HostLog",
    note: Callable[[Mapping[str, Any]], None],
    begun: Callable[[], bool] = lambda: True,
) -> None:
    """Wait until the queue is empty once the work has `begun`; those at work and the delayed count as messages too."""
    deadline, quiet = time.monotonic() + DEADLINE, False
    while not quiet:
        if time.monotonic() > deadline:
            raise NotQuietError(f"the queue is not empty after {DEADLINE:g} s; the host's log is {reading.path}")
        time.sleep(PAUSE)
        quiet = begun() and queue.get_queue_properties().approximate_message_count == 0
        for entry in reading.entries():
            note(entry)


def run_function(addresses: Addresses, function: str = "tick", text: str = "") -> None:
    """Ask the host's administration route to run a function now: a timer's, or a queue's with `text` as the message."""
    request = urllib.request.Request(  # noqa: S310 our own loopback URL
        f"{addresses.functions_host}/admin/functions/{function}",
        data=json.dumps({"input": text}).encode(),
        headers={"Content-Type": "application/json", "x-functions-key": MASTER_KEY},
    )
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 our own loopback URL


def line(entry: Mapping[str, Any]) -> str:
    return f"{entry['time'][11:19]}  {entry['message']}"


def is_progress(entry: Mapping[str, Any]) -> bool:
    """Say whether the line is about a certificate, or about a failure."""
    return entry["logger"].startswith("relaykeeper") or entry["level"] in ("ERROR", "CRITICAL")


class HostLog:
    """A place in the host's log, from which it is read on."""

    def __init__(self, path: Path) -> None:
        """Begin at the log's present end."""
        self.path = path
        self._offset = path.stat().st_size

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield what came since the last call; an unfinished line, and what is not JSON, waits or is passed over."""
        with self.path.open("rb") as log:
            log.seek(self._offset)
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                if line.startswith(b"{"):
                    yield json.loads(line)
