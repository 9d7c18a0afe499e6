"""Records in a list."""

from datetime import UTC, date

from shared.domain.history import Record
from tests.fakes.faults import Faults


class FakeHistory:
    """Implements ports.History. `records` are all that were appended."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.faults = Faults()

    def append(self, record: Record) -> None:
        with self.faults.around("append"):
            self.records.append(record)

    def day(self, day: date) -> tuple[Record, ...]:
        with self.faults.around("day"):
            return tuple(record for record in self.records if record.at.astimezone(UTC).date() == day)
