"""The stack that runs in the background: starting it, finding it again, stopping it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.local.loopback import Addresses
from infra.local.stack import APP, Stack

FOLDER = APP / ".local"
NOTE = "stack.json"
PAUSE = 0.1


class NotRunningError(RuntimeError):
    """There is no stack, or it did not come up."""


@dataclass(frozen=True, slots=True)
class Running:
    """A stack as its keeper noted it: the keeper's process, the block, the clusters, the environment."""

    pid: int
    block: int
    clusters: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def addresses(self) -> Addresses:
        return Addresses(self.block)


@contextmanager
def write_note(stack: Stack) -> Iterator[None]:
    """Note that the stack is up, for as long as it is."""
    names = tuple(cluster.name for cluster in stack.clusters)
    note = stack.folder / NOTE
    unfinished = note.with_suffix(".part")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(msgspec.json.encode(Running(os.getpid(), stack.addresses.block, names, stack.environment)))
    unfinished.rename(note)
    try:
        yield
    finally:
        note.unlink()


def find(folder: Path = FOLDER) -> Running | None:
    """Return the stack that runs in `folder`, None if there is none (a note may have outlived a killed keeper)."""
    try:
        running = msgspec.json.decode((folder / NOTE).read_bytes(), type=Running)
    except FileNotFoundError:
        return None
    return running if is_keeper(running.pid) else None


def is_keeper(pid: int) -> bool:
    """Say whether this process keeps a stack: not if it has ended, nor if its number is another's now."""
    try:
        return b"infra.local.foreground" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def start(folder: Path = FOLDER) -> Running:
    """Start a stack that outlives this process; raise NotRunningError with its last words if it does not come up."""
    shutil.rmtree(folder / "logs", ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    words = folder / "logs" / "stack.log"
    with words.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "infra.local.foreground", "--folder", folder],
            cwd=APP,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return await_note(folder, keeper, words)
    except BaseException:
        keeper.terminate()
        keeper.wait()
        raise


def await_note(folder: Path, keeper: subprocess.Popen[bytes], words: Path) -> Running:
    while (running := find(folder)) is None:
        if keeper.poll() is not None:
            raise NotRunningError(f"the stack did not come up:\n{words.read_text(errors='replace')[-4000:]}")
        time.sleep(PAUSE)
    return running


def stop(folder: Path = FOLDER) -> bool:
    """Stop the stack that runs in `folder` and wait for its end; False if there is none."""
    running = find(folder)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    while is_keeper(running.pid):
        time.sleep(PAUSE)
    return True
