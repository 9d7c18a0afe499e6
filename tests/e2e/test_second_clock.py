"""A host whose timers are dead: a caller outside of it takes over, people hear of it, and of the end."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.local.example_inventory import FUNCTION_KEY
from tests.e2e.conftest import PAUSE, Fleet
from tests.e2e.hosts import host_by
from tests.e2e.test_api import Terminal

pytestmark = pytest.mark.e2e

EACH_TWENTY_SECONDS = "*/20 * * * * *"
A_MINUTE = 60
PATIENCE = 120.0
"""Six times of the schedule; two missed ones make a timer silent."""


@contextmanager
def host_with_timers(fleet: Fleet, *, dead: bool) -> Iterator[Terminal]:
    """Start a host whose schedules are short, with its timers dead or alive."""
    document = json.loads(fleet.stack.settings.read_text())
    document["Values"] |= {
        f"RELAYKEEPER_{timer.upper()}_SCHEDULE": EACH_TWENTY_SECONDS for timer in ("tick", "watch")
    } | {f"AzureWebJobs.{timer}.Disabled": str(dead).lower() for timer in ("tick", "watch")}
    file = fleet.stack.folder / "timers.settings.json"
    file.write_text(json.dumps(document))
    with host_by(fleet.stack, "infra.local.host", settings=file):
        yield Terminal(fleet.stack.addresses.functions_host, {"x-functions-key": FUNCTION_KEY})
    file.unlink()


def eventually(look: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
        time.sleep(PAUSE * 10)


def punctual(terminal: Terminal) -> bool:
    """Say whether neither tick nor watch is overdue; the parts of clusters are not looked at."""
    parts = {part["name"]: part["status"] for part in terminal.curl("/api/health/parts").document["parts"]}
    return bool(parts["tick"] == parts["watch"] == "ok")


def tick_age(terminal: Terminal) -> float:
    return float(terminal.curl("/api/health").document["tick_age_seconds"])


def alerts_silent(terminal: Terminal) -> bool:
    return 'relaykeeper_alerts_firing{alert="TimerSilent"' in terminal.curl("/api/metrics").body


@pytest.mark.timeout(420)
def test_a_caller_takes_over_from_dead_timers_and_gives_back_to_living_ones(fleet: Fleet) -> None:
    with host_with_timers(fleet, dead=False) as terminal:
        eventually(lambda: punctual(terminal), "both timers fire")
    with host_with_timers(fleet, dead=True) as terminal:
        eventually(lambda: not punctual(terminal), "two missed ticks and watches degrade health")
        eventually(
            lambda: tick_age(terminal) > A_MINUTE, "the last tick is a minute ago, so that another may be asked for"
        )
        assert terminal.curl("/api/health").document["status"] == "degraded"
        assert (terminal.curl("/api/health").status, terminal.curl("/api/health?strict=true").status) == (200, 503)

        reply = terminal.post("/api/ticks", reason="second clock")

        assert reply.status == 200, reply.body
        assert (reply.document["silent_timers"], reply.document["watch"]) == (["tick", "watch"], "done")
        assert reply.document["messages"] == len(fleet.ports.inventory.certificates) + len(
            fleet.ports.inventory.clients
        )
        assert punctual(terminal)
        assert alerts_silent(terminal)
        again = terminal.post("/api/ticks", reason="second clock")
        assert again.status == 429
        assert int(again.headers["retry-after"]) <= 60

    with host_with_timers(fleet, dead=False) as terminal:
        eventually(lambda: punctual(terminal) and not alerts_silent(terminal), "the alert ends where the timers fire")
