"""Systems that gave no answer in this round of looks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.errors import RateLimited, TransientError


@dataclass(slots=True)
class Silent:
    """Vaults and clusters that gave no answer, and why: each is waited for once."""

    failures: dict[str, TransientError] = field(default_factory=dict)

    def once[T](self, system: str, ask: Callable[[], T]) -> T:
        """Return what a system answers, or raise at once why it failed before, without what was asked of it then."""
        if (earlier := self.failures.get(system)) is not None:
            raise again(system, earlier)
        try:
            return ask()
        except TransientError as failure:
            self.failures[system] = failure
            raise


def again(system: str, earlier: TransientError) -> TransientError:
    """Return an earlier failure for others that need the same system: of `what was tried: cause`, the cause.

    That a system cannot be reached is about the system itself.
    """
    tried, _, cause = str(earlier).partition(": ")
    why = str(earlier) if not cause or tried.startswith("cannot reach ") else cause
    words = f"{system} failed a moment ago and was not asked again: {why}"
    if isinstance(earlier, RateLimited):
        return RateLimited(words, earlier.retry_after, system)
    return TransientError(words)
