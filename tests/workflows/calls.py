"""Every call that a worker makes of its ports, in sequence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import count
from typing import Any, NamedTuple

from shared.ports import Lease, Ports
from tests.between import JOURNALS, PORTS, put_between

NUMBERS = count(1)


class Call(NamedTuple):
    """A call of a port's method. `lease` is the one it was made on; else the one taken last of those held, if any."""

    port: str
    method: str
    lease: int | None

    def __str__(self) -> str:
        return f"{self.port}.{self.method}"


@dataclass(slots=True)
class Calls:
    """The calls `made` so far, and the leases that are `held`, the one taken last at the end."""

    made: list[Call] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    def recorded(self, ports: Ports) -> Ports:
        """Return the same ports, which record each call before it is made."""

        def record(name: str, port: Any) -> Recorder:
            note = partial(self.of_port, name)
            return LeaseRecorder(port, note, self) if name in JOURNALS else Recorder(port, note)

        return put_between(ports, PORTS, record)

    def of_port(self, port: str, method: str) -> None:
        self.made.append(Call(port, method, self.held[-1] if self.held else None))

    def of_lease(self, number: int, method: str) -> None:
        self.made.append(Call("lease", method, number))


class Recorder:
    """Stands before a port or a lease and tells of each call of a method."""

    def __init__(self, inner: Any, record: Callable[[str], None]) -> None:
        self._inner, self._record = inner, record

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._inner, name)
        return self._recorded(name, member) if callable(member) else member

    def _recorded(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def recorded(*arguments: Any, **options: Any) -> Any:
            self._record(name)
            return method(*arguments, **options)

        return recorded


class LeaseRecorder(Recorder):
    """Stands before journals, and before each lease that they give."""

    def __init__(self, inner: Any, record: Callable[[str], None], calls: Calls) -> None:
        super().__init__(inner, record)
        self._calls = calls

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease[Any]]:
        self._record("lease")
        number = next(NUMBERS)
        with self._inner.lease(name) as lease:
            self._calls.held.append(number)
            try:
                yield Recorder(lease, partial(self._calls.of_lease, number))
            finally:
                self._calls.held.remove(number)
