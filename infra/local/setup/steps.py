"""How set-up does its work: one at a time on this machine, telling what it does, and leaving nothing half done."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.tools import cache

SIGN_OF_LIFE = 30.0
"""Seconds between two lines that say that a long command still runs."""

LAST_LINES = 30
"""How much of a failed command's output an error quotes."""


class SetupError(RuntimeError):
    """Set-up cannot go on; says what it tried and what to do."""


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second set-up, of another checkout perhaps, waiting until this one is done."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done and, once it is, how long it took."""
    print(f"{what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.0f} s", flush=True)


@contextmanager
def workshop() -> Iterator[Path]:
    """An empty folder beside the finished things, which are moved out of it; what is left in it is thrown away."""
    place = cache() / "building"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    yield place
    shutil.rmtree(place)


def move_into_place(built: Path, target: Path) -> None:
    """Make the finished thing appear as a whole; both are on one file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    built.rename(target)


def run(argv: Sequence[str | Path], *, folder: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a command quietly; raise SetupError with the end of its output if it fails."""
    began = time.monotonic()
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            argv, cwd=folder, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT
        ) as child,
    ):
        while not ended(child):
            print(f"    still at it after {time.monotonic() - began:.0f} s", flush=True)
        if child.returncode:
            output.seek(0)
            lines = output.read().decode(errors="replace").splitlines()[-LAST_LINES:]
            command = " ".join(map(str, argv))
            raise SetupError("\n".join([*lines, f"`{command}` ended with status {child.returncode}; see above."]))


def ended(child: subprocess.Popen[bytes]) -> bool:
    """Wait for the end of a command, as long as SIGN_OF_LIFE."""
    try:
        child.wait(SIGN_OF_LIFE)
    except subprocess.TimeoutExpired:
        return False
    return True
