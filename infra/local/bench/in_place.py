"""Files swapped under running relays."""

import random
import tempfile
import time
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path

from infra.local.bench.figures import Figures
from infra.local.bench.layouts import Layout
from infra.local.bench.load import load
from infra.local.bench.replicas import PORT, Replica, replicas
from infra.local.bench.session import Target
from infra.local.bench.versions import Version, versions

HOST = "mail.bench.example"
REPLICAS = 2
SHORTEST, LONGEST = 0.3, 0.5
"""Seconds between two swaps: one may come at any moment of a session."""


def in_place(layout: Layout, swaps: int) -> Figures:
    """Swap the certificate of running relays under load."""
    with tempfile.TemporaryDirectory(prefix="relaykeeper-bench-") as folder:
        made = list(islice(versions(HOST, Path(folder)), swaps + 1))
    with replicas(REPLICAS, layout, layout.payload(HOST, made[:1])) as running:
        targets = [Target(replica.address, PORT, host) for replica in running for host in (HOST, None)]
        with load(targets) as sessions:
            swap(made, layout, running)
    return Figures.of(sessions, (version.chain for version in made), swaps)


def swap(made: Sequence[Version], layout: Layout, running: Sequence[Replica]) -> None:
    for kept in pairwise(made):
        time.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311
        for replica in running:
            replica.project(layout.payload(HOST, kept))
    time.sleep(LONGEST)
