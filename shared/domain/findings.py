"""What a tick would do for an object or leave, and what keeps it from doing anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.attempt_state import AttemptState
from shared.domain.object_ref import ObjectRef
from shared.domain.pauses import Pause, pause_of
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class AnyFinding[Reason: str]:
    """One thing that a tick would do or record, or leave: why, as a reason and as a sentence, and at which place."""

    reason: Reason
    message: str
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place is not None else self.message


def blocking(
    target: ObjectRef, pauses: Iterable[Pause], attempt: AttemptState, at: datetime, *, asked: bool
) -> AnyFinding[Literal["HeldByPause", "NextAttemptLater"]] | None:
    """Say why nothing at all would be done for an object; None where something would. `asked`: a person's request that
    was not taken up yet does not wait for the next attempt."""
    if (pause := pause_of(target, pauses)) is not None:
        return AnyFinding("HeldByPause", f"{pause.reason}, until {pause.until:%Y-%m-%d %H:%M %Z}")
    if not asked and attempt.is_waiting(at):
        return AnyFinding("NextAttemptLater", attempt.describe_wait())
    return None
