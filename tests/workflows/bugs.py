"""Ports in which one call meets a bug, each time that it is made."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

import pytest

from shared.ports import Ports
from tests import between
from tests.workflows.world import World

CANARY = "canary-1b7e"
"""The bug's own text, which may be a secret."""

PORTS = tuple(sorted(set(between.PORTS) - {"clock"}))
"""Every port but one: without a clock nothing at all goes on, and no one object is concerned."""


class Call(NamedTuple):
    """A call of a port's method, by the first of its arguments: that which names what it is about."""

    port: str
    method: str
    about: str

    def __str__(self) -> str:
        return f"{self.port}.{self.method}"


@dataclass(slots=True)
class Bugs:
    """Stands before all ports: `made` are the calls so far; those that `meet` chooses meet a bug, `met` of them yet."""

    meet: Callable[[Call], bool] = lambda _: False
    made: list[Call] = field(default_factory=list)
    met: int = 0

    def before(self, ports: Ports) -> Ports:
        return between.put_between(ports, PORTS, lambda name, port: Before(port, name, self))

    def call(self, call: Call) -> None:
        self.made.append(call)
        if self.meet(call):
            self.met += 1
            raise RuntimeError(CANARY)


class Before:
    """Stands before one port, or a lease that it gives."""

    def __init__(self, inner: Any, port: str, bugs: Bugs) -> None:
        self._inner, self._port, self._bugs = inner, port, bugs

    def __getattr__(self, method: str) -> Any:
        member = getattr(self._inner, method)
        if not callable(member):
            return member

        @wraps(member)
        def called(*arguments: Any, **options: Any) -> Any:
            self._bugs.call(Call(self._port, method, repr(arguments[:1])))
            given = member(*arguments, **options)
            return self._lease(given) if method == "lease" else given

        return called

    @contextmanager
    def _lease(self, given: AbstractContextManager[Any]) -> Iterator["Before"]:
        with given as lease:
            yield Before(lease, "lease", self._bugs)


@contextmanager
def bugs(world: World, meet: Callable[[Call], bool] = lambda _: False) -> Iterator[Bugs]:
    """Let the calls that `meet` says meet a bug."""
    between = Bugs(meet)
    world.through = between.before
    yield between
    world.through = lambda ports: ports


def traces(caplog: pytest.LogCaptureFixture) -> int:
    """Count the traces in the log, none of which has the bug's own text."""
    assert CANARY not in caplog.text
    return sum(record.exc_info is not None for record in caplog.records)


def called(world: World, act: Callable[[World], object]) -> list[Call]:
    """Return each different call that it takes."""
    with bugs(world) as between:
        act(world)
    return list(dict.fromkeys(between.made))
