"""Errors that a fake's next calls raise."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple


class KilledError(BaseException):
    """The process is gone: nothing is cleaned up, no lease is given back."""


class Fault(NamedTuple):
    """What the next call of `method` raises: in place of its effect or, with `after`, as if the answer were lost."""

    method: str
    error: BaseException
    after: bool


@dataclass(slots=True)
class Faults:
    """The faults that are still to come; each strikes once."""

    planned: list[Fault] = field(default_factory=list)

    def before(self, method: str, error: BaseException) -> None:
        """Let the next call of `method` fail without an effect."""
        self.planned.append(Fault(method, error, after=False))

    def after(self, method: str, error: BaseException) -> None:
        """Let the next call of `method` fail although it has its effect."""
        self.planned.append(Fault(method, error, after=True))

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Surround an effect."""
        fault = next((fault for fault in self.planned if fault.method == method), None)
        if fault is not None:
            self.planned.remove(fault)
            if not fault.after:
                raise fault.error
        yield
        if fault is not None:
            raise fault.error
