"""The functions host that kills itself at one side effect while FILE says so: `... --orders FILE <the host's own>`.

FILE holds `PORT.METHOD before` or `PORT.METHOD after`. The product has no switch for this: `compose` is replaced before
the app is loaded.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import shared.compose
from infra.local.host.__main__ import main
from shared.ports import Ports
from tests.between import put_between

compose = shared.compose.compose

LEASED = ("state.certificates", "state.clients")
"""The journals that a worker leases for the object that it works on."""


class KillingAdapter:
    """Stands before an adapter: a call of `method` kills the process, before it is made or after."""

    def __init__(self, inner: Any, method: str, moment: str) -> None:
        self._inner, self._method, self._moment = inner, method, moment

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._inner, name)
        return self._killing(member) if name == self._method else member

    def _killing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def killing(*arguments: Any, **options: Any) -> Any:
            if self._moment == "before":
                die()
            call(*arguments, **options)
            die()

        return killing


class KillingJournals:
    """Stands before the journals: kills when a lease is taken, or at a method of the lease."""

    def __init__(self, inner: Any, method: str, moment: str) -> None:
        self._inner, self._method, self._moment = inner, method, moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def lease(self, name: str) -> Iterator[Any]:
        if (self._method, self._moment) == ("lease", "before"):
            die()
        with self._inner.lease(name) as lease:
            if (self._method, self._moment) == ("lease", "after"):
                die()
            yield KillingAdapter(lease, self._method, self._moment)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def compose_by(orders: Path) -> Any:
    """Return what stands in for `compose`."""

    def composed(environment: Mapping[str, str]) -> Ports:
        ports = compose(environment)
        if not orders.exists():
            return ports
        effect, moment = orders.read_text().split()
        port, method = effect.rsplit(".", 1)
        if port in ("state.certificates", "lease"):
            return put_between(ports, LEASED, lambda _, inner: KillingJournals(inner, method, moment))
        return put_between(ports, [port], lambda _, inner: KillingAdapter(inner, method, moment))

    return composed


if __name__ == "__main__":
    shared.compose.compose = compose_by(Path(sys.argv[2]))
    del sys.argv[1:3]
    sys.exit(main())
