"""Journals in a dict, with leases that end by a clock; a queue and the history in lists."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from shared.domain.audit import AuditRecord
from shared.domain.message import Message
from shared.errors import JournalNewer, JournalUnreadable, LeaseLost, LeaseTaken
from shared.ports import Clock, Lease
from tests.fakes.faults import Faults, KilledError


@dataclass(slots=True)
class Hold:
    """Who has a lease, and until when."""

    worker: str
    until: datetime


class FakeJournals[T]:
    """Implements ports.Journals. `content` is what was written; `unreadable` gives a reason by name, `newer` has those
    of a newer schema."""

    def __init__(self, kind: type[T], clock: Clock, duration: timedelta = timedelta(seconds=60)) -> None:
        self._kind = kind
        self.clock = clock
        self.duration = duration
        self.content: dict[str, T] = {}
        self.holds: dict[str, Hold] = {}
        self.unreadable: dict[str, str] = {}
        self.newer: set[str] = set()
        self.faults = Faults()

    def read(self, name: str) -> T:
        with self.faults.around("read"):
            if name in self.newer:
                raise JournalNewer(f"cannot read journal {name}: it was written by a newer release")
            if name in self.unreadable:
                raise JournalUnreadable(f"cannot read journal {name}: {self.unreadable[name]}")
            return self.content.get(name, self._kind())

    def names(self) -> tuple[str, ...]:
        with self.faults.around("names"):
            return tuple({**self.content, **self.unreadable, **dict.fromkeys(self.newer)})

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease[T]]:
        with self.faults.around("lease"):
            worker = self.take(name)
        try:
            self.held(name, worker)
            yield FakeLease(self, name, worker, self.read(name))
        except KilledError:
            raise
        except BaseException:
            self.release(name, worker)
            raise
        self.release(name, worker)

    def take(self, name: str) -> str:
        """Take the lease as any worker would; return the worker's id."""
        held = self.holds.get(name)
        if held is not None and self.clock.now() < held.until:
            raise LeaseTaken(f"another worker holds journal {name}")
        worker = str(uuid.uuid4())
        self.holds[name] = Hold(worker, self.clock.now() + self.duration)
        return worker

    def steal(self, name: str) -> None:
        """Let another worker have the lease, as if ours had run out."""
        self.holds.pop(name, None)
        self.take(name)

    def break_lease(self, name: str) -> None:
        """End the lease, whoever has it, as a person can."""
        del self.holds[name]

    def held(self, name: str, worker: str) -> Hold:
        """Return the lease that this worker has; raise LeaseLost if it has it no more."""
        hold = self.holds.get(name)
        if hold is None or hold.worker != worker:
            raise LeaseLost(f"the lease of journal {name} is lost")
        return hold

    def release(self, name: str, worker: str) -> None:
        """Give the lease back if this worker has it."""
        if name in self.holds and self.holds[name].worker == worker:
            del self.holds[name]


class FakeLease[T]:
    """Implements ports.Lease."""

    def __init__(self, journals: FakeJournals[T], name: str, worker: str, journal: T) -> None:
        self._journals = journals
        self._name = name
        self._worker = worker
        self._journal = journal

    @property
    def journal(self) -> T:
        return self._journal

    def renew(self) -> None:
        """A lease that ran out can be renewed as long as nobody has taken it, as in Storage."""
        with self._journals.faults.around("renew"):
            self._hold().until = self._journals.clock.now() + self._journals.duration

    def write(self, journal: T) -> None:
        with self._journals.faults.around("write"):
            if self._journals.clock.now() >= self._hold().until:
                self._hold().until = self._journals.clock.now() + self._journals.duration
            self._journals.content[self._name] = journal
            self._journal = journal

    def _hold(self) -> Hold:
        return self._journals.held(self._name, self._worker)


class Sent(NamedTuple):
    """A message, and when it can be seen."""

    message: Message
    due: datetime


class FakeQueue:
    """Implements ports.Queue. `sent` are the messages that nobody has received."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[Sent] = []
        self.faults = Faults()

    def send(self, message: Message, delay: timedelta = timedelta(0)) -> None:
        with self.faults.around("send"):
            self.sent.append(Sent(message, self._clock.now() + delay))

    def receive(self) -> list[Message]:
        """Take out what can be seen by now."""
        now = self._clock.now()
        seen = [sent for sent in self.sent if sent.due <= now]
        self.sent = [sent for sent in self.sent if sent.due > now]
        return [sent.message for sent in seen]


class FakeHistory:
    """Implements ports.History. `records` are all that were appended."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.faults = Faults()

    def append(self, record: AuditRecord) -> None:
        with self.faults.around("append"):
            self.records.append(record)

    def day(self, day: date) -> tuple[AuditRecord, ...]:
        with self.faults.around("day"):
            return tuple(record for record in self.records if record.at.astimezone(UTC).date() == day)
