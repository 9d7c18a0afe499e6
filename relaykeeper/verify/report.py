"""What `verify` found at all addresses, and the exit code that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relaykeeper.exit_codes import ExitCode
from relaykeeper.verify.target import Target
from shared.domain.verify.verdicts import AddressVerdicts, count, summary


@dataclass(frozen=True, slots=True)
class Report:
    """`at` is when it began, `seconds` how long it took. `failure` says why there are no addresses, if so.

    `left_out` are addresses beyond those that are examined of one name; `not_asked` what the command line left out.
    """

    target: Target
    at: datetime
    seconds: float
    roots_from: str
    addresses: Sequence[AddressVerdicts] = ()
    failure: str = ""
    timed_out: bool = False
    left_out: int = 0
    not_asked: Sequence[str] = ()

    @property
    def exit_code(self) -> ExitCode:
        """A check that failed counts most; then whether anything was reached, and whether everything was answered."""
        counts = count(self.addresses)
        if not any(each.reached for each in self.addresses):
            return ExitCode.UNAVAILABLE if self.timed_out else ExitCode.NETWORK
        if counts["failed"]:
            return ExitCode.NOT_AS_IT_SHOULD_BE
        return ExitCode.UNAVAILABLE if counts["unknown"] or self.timed_out else ExitCode.DONE

    def summary(self) -> str:
        return f"{summary(self.addresses)}, in {self.seconds:.1f} s"
