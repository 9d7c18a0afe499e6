"""Systems that gave no answer in this round of looks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.errors import TransientError


@dataclass(slots=True)
class Silent:
    """Vaults and clusters that gave no answer, and why: each is waited for once."""

    failures: dict[str, TransientError] = field(default_factory=dict)

    def once[T](self, system: str, ask: Callable[[], T]) -> T:
        """Return what a system answers, or raise at once what it failed with before."""
        if (earlier := self.failures.get(system)) is not None:
            raise earlier
        try:
            return ask()
        except TransientError as failure:
            self.failures[system] = failure
            raise
