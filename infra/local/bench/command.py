"""How long the command takes to begin: `--help` in CPU time, `verify` until its first packet; and peers.

A peer of `--help` is Python that does nothing, one of `verify` is Python's own smtplib. Each figure is the median of
several processes, the kinds taking turns.
"""

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from infra.local.stack import APP

ROUNDS = 15
PATIENCE = 20.0

COMMAND = (sys.executable, "-m", "relaykeeper")
CONNECT = "import smtplib, sys; smtplib.SMTP(sys.argv[1], int(sys.argv[2]), timeout=20)"

type Measure = Callable[[], float]
"""One process, and its milliseconds."""


def command() -> str:
    """Measure, and say it in a table."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        cpu: Mapping[str, Measure] = {
            "relaykeeper --help": lambda: cpu_time([*COMMAND, "--help"]),
            "peer: python -c pass": lambda: cpu_time([sys.executable, "-c", "pass"]),
        }
        packet: Mapping[str, Measure] = {
            "relaykeeper verify": lambda: first_packet([*COMMAND, "verify", f"{host}:{port}"], server),
            "peer: smtplib": lambda: first_packet([sys.executable, "-c", CONNECT, host, str(port)], server),
        }
        return "\n".join([*table("CPU time of", cpu), *table("first packet of", packet)])


def table(heading: str, kinds: Mapping[str, Measure]) -> list[str]:
    """Measure each kind in turn; return its line, and that of the ratio."""
    measured: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, measure in kinds.items():
            measured[kind].append(measure())
    medians = [median(each) for each in measured.values()]
    ours, peer = medians
    lines = [f"{f'{heading} {kind}':44}{each:6.0f} ms" for kind, each in zip(kinds, medians, strict=True)]
    return [*lines, f"{'ratio':44}{ours / peer:6.1f}"]


def cpu_time(argv: Sequence[str]) -> float:
    """Return the milliseconds of CPU time, of user and system, that a process took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, cwd=APP, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def first_packet(argv: Sequence[str], server: socket.socket) -> float:
    """Return the milliseconds from the start of a process until it is connected, and end it."""
    server.settimeout(PATIENCE)
    began = time.perf_counter()
    with subprocess.Popen(argv, cwd=APP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        connection, _ = server.accept()
        took = time.perf_counter() - began
        process.kill()
        connection.close()
    return 1000 * took


if __name__ == "__main__":
    print(command())
