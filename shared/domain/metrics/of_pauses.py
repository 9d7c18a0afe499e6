"""What is paused."""

from collections.abc import Iterator
from datetime import datetime

from shared.domain.metrics import catalogue
from shared.domain.metrics.gauge import Sample
from shared.domain.pauses import Pauses


def of_pauses(now: datetime, pauses: Pauses) -> Iterator[Sample]:
    """Yield when each scope's pause in force ends, of several the last."""
    ends: dict[str, datetime] = {}
    for pause in pauses.in_force(now):
        ends[str(pause.scope)] = max(pause.until, ends.get(str(pause.scope), pause.until))
    for scope, end in ends.items():
        yield catalogue.PAUSED_UNTIL.when(end, scope)
