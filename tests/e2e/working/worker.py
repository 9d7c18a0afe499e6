"""One worker without a host: `python -m tests.e2e.working.worker CERTIFICATE "before|after PORT.METHOD"...`.

It takes one message, as a function's execution does. At the first call of each method named it says so on its output
and waits for SIGUSR1, so that tests choose what happens meanwhile. Its last line says how it ended.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from shared.compose import compose
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import RelaykeeperError
from shared.ports import Ports
from shared.workflows.renew import renew
from tests.between import put_between

GO_ON = signal.SIGUSR1


class Waiting:
    """Stands before an adapter: the first call of `method` waits, before it is made or after."""

    def __init__(self, inner: Any, where: str) -> None:
        self._inner, self._where, self._waits = inner, where, True

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._inner, name)
        return self._waiting(member) if self._where.endswith(f".{name}") else member

    def _waiting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def waiting(*arguments: Any, **options: Any) -> Any:
            if self._where.startswith("before "):
                self._wait()
            answer = call(*arguments, **options)
            if self._where.startswith("after "):
                self._wait()
            return answer

        return waiting

    def _wait(self) -> None:
        if self._waits:
            self._waits = False
            say(f"waits {self._where}")
            signal.sigwait({GO_ON})


def say(line: str) -> None:
    """Say something to the test, on a line of its own."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def waiting_ports(ports: Ports, places: Sequence[str]) -> Ports:
    for where in places:
        port = where.split(" ")[1].rpartition(".")[0]
        ports = put_between(ports, [port], lambda _, inner: Waiting(inner, where))  # noqa: B023 - called at once
    return ports


def main(certificate: str, *places: str) -> str:
    """Return how the message ended: `done`, or the kind of failure."""
    try:
        renew(Message(certificate_ref(certificate), "worker"), waiting_ports(compose(os.environ), places))
    except RelaykeeperError as failure:
        logging.getLogger("relaykeeper.worker").error("%s", failure)
        return type(failure).__name__
    return "done"


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {GO_ON})
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    say(f"ended {main(*sys.argv[1:])}")
