"""Starting, watching and ending the servers of a stack.

    with Supervisor(folder) as supervisor:
        supervisor.start("pebble", [...], ready=lambda: answers(directory))

Each child leads a session and process group of its own, so a terminal's Ctrl-C reaches the supervisor alone, which then
ends the children in reverse order of their start. Leaving the `with` block for whatever reason does that; a caller who
wants the same on SIGTERM turns the signal into an exception: `signal(SIGTERM, lambda *_: sys.exit(143))`.
A supervisor that is killed outright takes its children along, by PR_SET_PDEATHSIG (prctl(2)). The kernel ties that to
the *thread* which started the child: start children from a thread that outlives them.
"""

import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from types import TracebackType
from typing import Self, TypedDict, Unpack

PAUSE = 0.02
"""Seconds between two looks at a child."""

LAST_LINES = 15
"""How much of a log an error quotes."""


class Options(TypedDict, total=False):
    """What else can be said about a server; `Server` has meanings and defaults."""

    env: Mapping[str, str]
    timeout: float
    stop_signal: Signals
    stop_timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How to start and end a server.

    `ready` tells whether it serves, within a second or so and without raising; it must do so `timeout` seconds after
    its start. `env` is added to the supervisor's own environment. `stop_signal` asks it to end, which may take
    `stop_timeout` seconds; then its whole process group is killed.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60.0
    stop_signal: Signals = SIGTERM
    stop_timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """A started server, what it writes, and when (monotonic seconds) it should be ready."""

    server: Server
    log: Path
    deadline: float
    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The server's own process id, and its process group's."""
        return self.child.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; the negative signal number if a signal ended it.

        The dead child stays a zombie until `end`: that keeps its process group's id from being given to a stranger.
        """
        if self.child.returncode is not None:
            return self.child.returncode
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def end(self, signal: Signals) -> None:
        """Send `signal` to the server, and SIGKILL to what is left of its group when it ended or its time is up."""
        if self.child.returncode is not None:
            return
        os.kill(self.pid, signal)
        deadline = time.monotonic() + self.server.stop_timeout
        while self.exit_status is None and time.monotonic() < deadline:
            time.sleep(PAUSE)
        os.killpg(self.pid, SIGKILL)
        self.child.wait()

    def is_ready(self) -> bool:
        """Whether it serves; raises StartError if it never will, or is late."""
        if self.exit_status is not None:
            raise StartError(self, f"ended with status {self.exit_status} before it was ready")
        if self.server.ready():
            return True
        if time.monotonic() > self.deadline:
            raise StartError(self, f"runs, but was not ready within {self.server.timeout:g} s")
        return False


class StartError(RuntimeError):
    """A server ended, or was not ready in time; `log` is the file to look into."""

    def __init__(self, process: Process, what: str) -> None:
        self.log = process.log
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        super().__init__("\n".join([f"{process.server.name} {what}; its log {self.log} ends:", *lines]))


class Supervisor:
    """The servers of one stack, each with its log in `folder/logs/<name>.log`."""

    def __init__(self, folder: Path) -> None:
        self.logs = folder / "logs"
        self.processes: dict[str, Process] = {}

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        youngest_first = list(reversed(self.processes.values()))
        try:
            for process in youngest_first:
                process.end(process.server.stop_signal)
        finally:
            for process in youngest_first:  # whoever is left after a second Ctrl-C
                process.end(SIGKILL)

    def launch(
        self, name: str, argv: Sequence[str | Path], *, ready: Callable[[], bool], **options: Unpack[Options]
    ) -> Process:
        """Start a server and don't wait for it: `wait` does, for several that start side by side."""
        return self._spawn(Server(name=name, argv=tuple(map(str, argv)), ready=ready, **options))

    def wait(self, *processes: Process) -> None:
        """Return when each was seen ready; raise StartError as soon as one ended or is late."""
        waiting = list(processes)
        while waiting := [process for process in waiting if not process.is_ready()]:
            time.sleep(PAUSE)

    def start(
        self, name: str, argv: Sequence[str | Path], *, ready: Callable[[], bool], **options: Unpack[Options]
    ) -> Process:
        """Start a server and return when it is ready; raise StartError if it ends first or is late."""
        process = self.launch(name, argv, ready=ready, **options)
        self.wait(process)
        return process

    def stop(self, name: str) -> None:
        """End a server as its operator would: with its stop signal, and time to obey."""
        process = self.processes[name]
        process.end(process.server.stop_signal)

    def kill(self, name: str) -> None:
        """End a server as a crash would: SIGKILL to its whole process group."""
        self.processes[name].end(SIGKILL)

    def restart(self, name: str) -> Process:
        """Stop the server, if it runs, start it as before and return when it is ready."""
        self.stop(name)
        process = self._spawn(self.processes[name].server)
        self.wait(process)
        return process

    def _spawn(self, server: Server) -> Process:
        before = self.processes.get(server.name)
        if before and before.child.returncode is None:
            raise ValueError(f"{server.name} was started already (process {before.pid}) and not stopped since")
        log = self.logs / f"{server.name}.log"
        with log.open("ab" if before else "wb") as output:
            child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *server.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **server.env},
            )
        process = Process(server, log, time.monotonic() + server.timeout, child)
        self.processes.pop(server.name, None)  # a restarted server is the youngest again
        self.processes[server.name] = process
        return process


PATIENCE = 1.0
"""Seconds that one look may take."""


def listens(address: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def answers(url: str, authority: Path | None = None, below: int = 500) -> bool:
    """Whether a GET of `url` gets a status `below` this one; https is checked against the PEM file `authority`."""
    context = ssl.create_default_context(cafile=authority) if authority else None
    try:
        urllib.request.urlopen(url, timeout=PATIENCE, context=context).close()  # noqa: S310 our own loopback URLs
    except urllib.error.HTTPError as refusal:
        return refusal.code < below
    except OSError:
        return False
    return True
