"""What a number of sessions comes to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from infra.local.bench.session import Chain, Session


@dataclass(frozen=True, slots=True)
class Figures:
    """`changes` are swaps or rollouts. `mixed` counts handshakes that returned neither version's chain whole;
    `met` the versions that were met."""

    changes: int
    sessions: int
    seconds: float
    failures: Counter[str]
    mixed: int
    met: int

    @classmethod
    def of(cls, sessions: Sequence[Session], whole: Iterable[Chain], changes: int) -> Self:
        """Count; `whole` are the chains of all versions that were ever to be served."""
        known = set(whole)
        chains = [session.chain for session in sessions if not session.failure]
        moments = [session.began for session in sessions]
        return cls(
            changes,
            len(sessions),
            max(moments) - min(moments),
            Counter(session.failure for session in sessions if session.failure),
            sum(chain not in known for chain in chains),
            len(known.intersection(chains)),
        )

    @property
    def failed(self) -> int:
        return self.failures.total()

    @property
    def rate(self) -> float:
        """Sessions a second."""
        return self.sessions / self.seconds

    @property
    def failed_per_hundred(self) -> float:
        """Failed sessions per hundred changes."""
        return 100 * self.failed / self.changes
