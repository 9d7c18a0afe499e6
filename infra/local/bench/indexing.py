"""How long the host takes to index and load the app, and how much memory: ours, and a peer that imports naively.

What the peer pays here, ours pays at its first execution.
Each figure is the median of several processes of its own, the kinds taking turns; the worker library and
`azure.functions` are there before the clock starts.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from infra.local.stack import APP

ROUNDS = 9

LOAD = """
import time
from pathlib import Path
import azure_functions_runtime, azure.functions
began = time.perf_counter()
{imports}
import function_app
function_app.app.get_functions()
took = time.perf_counter() - began
largest = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(1000 * took, int(largest.split()[1]) / 1024)
"""

IMPORTS = {"ours": "", "peer: every import at the top": "import shared.compose, shared.workflows.renew"}


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds to index and load, and the whole process at its largest, in MB."""

    took: float
    memory: float


def indexing() -> str:
    """Measure, and say it in a table."""
    loads: dict[str, list[Load]] = {kind: [] for kind in IMPORTS}
    for _ in range(ROUNDS):
        for kind, imports in IMPORTS.items():
            loads[kind].append(load(imports))
    ours, peer = (middle(measured) for measured in loads.values())
    lines = [
        f"{kind:32}{each.took:8.0f} ms {each.memory:6.0f} MB" for kind, each in zip(loads, (ours, peer), strict=True)
    ]
    return "\n".join(
        ["indexing and loading", *lines, f"{'ratio':32}{ours.took / peer.took:8.2f} {ours.memory / peer.memory:9.2f}"]
    )


def load(imports: str) -> Load:
    command = [sys.executable, "-c", LOAD.format(imports=imports)]
    took, memory = subprocess.run(command, cwd=APP, capture_output=True, text=True, check=True).stdout.split()
    return Load(float(took), float(memory))


def middle(loads: Sequence[Load]) -> Load:
    return Load(median(load.took for load in loads), median(load.memory for load in loads))


if __name__ == "__main__":
    print(indexing())
