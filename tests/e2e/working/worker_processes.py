"""Workers as processes of their own, started, held up, frozen and watched."""

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from itertools import count

from infra.local.processes import Process, Supervisor
from tests.e2e.working.worker import GO_ON

PATIENCE = 60.0

PAUSE = 0.02

NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Worker:
    """One process; it is heard by its log."""

    process: Process

    def lines(self) -> list[str]:
        return self.process.log.read_text().splitlines()

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines())

    def arrive(self, where: str) -> None:
        """Return when it waits at `where`."""
        self._await(f"waits {where}")

    def go_on(self) -> None:
        os.kill(self.process.pid, GO_ON)

    def freeze(self) -> None:
        """Stop it as a suspended machine would; told to go on meanwhile, it does so when it thaws."""
        os.kill(self.process.pid, signal.SIGSTOP)
        self.go_on()

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self) -> str:
        """Return how it ended, when it has."""
        return self._await("ended ").removeprefix("ended ")

    def arrive_or_end(self, where: str) -> bool:
        """Return True when it waits at `where`, False when it has ended."""
        return not self._await(f"waits {where}", "ended ").startswith("ended ")

    def _await(self, *beginnings: str) -> str:
        deadline, name = time.monotonic() + PATIENCE, self.process.server.name
        while True:
            exit_status = self.process.exit_status
            lines = self.lines()
            found = [line for line in lines if line.startswith(beginnings)]
            if found:
                return found[-1]
            heard = "\n".join(lines[-15:])
            assert exit_status is None, f"{name} ended with status {exit_status}, never said {beginnings}:\n{heard}"
            assert time.monotonic() < deadline, f"{name} has not said {beginnings} in {PATIENCE:g} s:\n{heard}"
            time.sleep(PAUSE)


@dataclass(slots=True)
class Workers:
    """The workers of one test."""

    supervisor: Supervisor
    workers: list[Worker] = field(default_factory=list)

    def start(self, certificate: str, *places: str) -> Worker:
        """Start a worker on a certificate; it waits at each of `places`, such as `before dns.publish`."""
        argv = [sys.executable, "-m", "tests.e2e.working.worker", certificate, *places]
        worker = Worker(self.supervisor.launch(f"worker-{next(NUMBERS)}", argv, ready=lambda: True))
        self.workers.append(worker)
        return worker

    def kill(self) -> None:
        """End whoever is left, frozen or not."""
        for worker in self.workers:
            self.supervisor.kill(worker.process.server.name)
