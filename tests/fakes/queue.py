"""A queue in a list."""

from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.message import Message
from shared.ports import Clock
from tests.fakes.faults import Faults


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
