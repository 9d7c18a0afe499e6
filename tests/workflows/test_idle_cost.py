"""What a look costs where nothing is to be done, call by call (the design, section 5)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from functools import wraps
from typing import Any

import pytest

from shared.domain.message import Message
from shared.ports import Ports
from shared.workflows.renew import renew
from shared.workflows.tick import look_at_all
from tests.fakes.estate import INTERNAL, NAME
from tests.workflows.world import World, new_world

RELAY = {"ports": [25, 587]}
PLACES, REPLICAS = 2, 2


class Counted:
    """Stands before a port and counts the calls of each method."""

    def __init__(self, port: str, inner: Any, calls: Counter[str]) -> None:
        self._port, self._inner, self._calls = port, inner, calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        @wraps(method)
        def counted(*arguments: Any, **options: Any) -> Any:
            self._calls[f"{self._port}.{name}"] += 1
            return method(*arguments, **options)

        return counted


def counted(ports: Ports, calls: Counter[str]) -> Ports:
    """Return the ports with all but the clock's calls counted."""
    names = [field.name for field in fields(ports) if field.name not in ("inventory", "clock")]
    standing_before: dict[str, Any] = {name: Counted(name, getattr(ports, name), calls) for name in names}
    return replace(ports, **standing_before)


@pytest.fixture
def settled() -> World:
    """Everything served, on two ports of two replicas in two clusters."""
    world = new_world(RELAY)
    world.tick()
    world.relays.asked.clear()
    return world


IDLE = {
    "vault.latest": 1,
    "journals.read": 1,
    "clusters.secret": PLACES,
    "clusters.pods": PLACES,
    "relays.ask": PLACES,
}


@pytest.mark.parametrize("certificate", [NAME, INTERNAL])
def test_an_idle_look_reads_each_thing_once_and_has_no_effect(settled: World, certificate: str) -> None:
    calls: Counter[str] = Counter()

    renew(Message(certificate, "test"), counted(settled.ports, calls))

    assert calls == IDLE


def test_an_idle_look_makes_one_handshake_per_replica_and_port(settled: World) -> None:
    settled.look()

    asked = Counter((question.address, question.port) for question in settled.relays.asked)
    assert len(asked) == PLACES * REPLICAS * len(RELAY["ports"])
    assert set(asked.values()) == {1}


def test_a_look_at_an_observed_certificate_costs_no_more(settled: World) -> None:
    calls: Counter[str] = Counter()
    settled.wish(RELAY, mode="observe")

    renew(Message(NAME, "test"), counted(settled.ports, calls))

    assert calls == IDLE


def test_the_timer_sends_one_message_per_certificate_and_asks_nobody(settled: World) -> None:
    calls: Counter[str] = Counter()

    look_at_all("test", counted(settled.ports, calls))

    assert calls == {"queue.send": len(settled.inventory.certificates)}
