"""A metric and its values. All are gauges: what is in storage has no beginning from which to count."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    """One value of a gauge; `labels` are in its order."""

    gauge: "Gauge"
    labels: tuple[str, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """A name, what it means, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def at(self, value: int, *labels: str) -> Sample:
        """Return a value for these labels."""
        assert len(labels) == len(self.labels), f"{self.name} has the labels {self.labels}, not {labels}"
        return Sample(self, labels, value)

    def when(self, moment: datetime, *labels: str) -> Sample:
        """Return a moment in whole seconds since 1970."""
        return self.at(int(moment.timestamp()), *labels)
