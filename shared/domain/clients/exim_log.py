"""What became of a message, read from the lines of Exim's main log (Exim specification, chapter 53, Log files)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

EndReason = Literal[
    "MessageDelivered",
    "MessageDiscarded",
    "DeliveryDeferred",
    "MessageBounced",
    "MessageInQueue",
    "MessageNotInLog",
]

TIMESTAMP = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?( [+-][0-9]{4})?( \[[0-9]+\])? "
)
"""How Exim begins a line, with the selectors `millisec` and `pid` and a time zone, if set. Collectors put something
before it. What comes after it may be a stranger's text."""

DELIVERED, DEFERRED, BOUNCED, ENDED = ("=>", "->", ">>"), "==", "**", "Completed"

NOWHERE = (":blackhole:", "/dev/null")


@dataclass(frozen=True, slots=True)
class MessageEnd:
    """What became of a message, and the log's line that says so, from its flag on, empty where none does."""

    reason: EndReason
    line: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether the relay has tried to deliver it: what it logs later can at most end a deferral."""
        return self.reason not in ("MessageInQueue", "MessageNotInLog")


def end_of_message(lines: Iterable[str], queue_id: str) -> MessageEnd:
    """Say what became of a message, given the lines of a main log in their order; others' messages may be among them.

    One address of several that bounced makes it bounced, one that waits makes it deferred: then the last such line is
    returned. A message is delivered only when the log says that it is completed.
    """
    events = [event for line in lines if (event := event_of(line, queue_id))]
    bounced = [event for event in events if event.startswith(BOUNCED)]
    deferred = [event for event in events if event.startswith(DEFERRED)]
    delivered = [event for event in events if event.startswith(DELIVERED)]
    completed = any(event.split()[0] == ENDED for event in events)
    if bounced:
        return MessageEnd("MessageBounced", bounced[-1])
    if completed and delivered:
        nowhere = [event for event in delivered if event.split()[1:2] and event.split()[1].startswith(NOWHERE)]
        real = [event for event in delivered if event not in nowhere]
        return MessageEnd("MessageDelivered", real[-1]) if real else MessageEnd("MessageDiscarded", nowhere[-1])
    if deferred:
        return MessageEnd("DeliveryDeferred", deferred[-1])
    return MessageEnd("MessageInQueue", events[-1]) if events else MessageEnd("MessageNotInLog")


def event_of(line: str, queue_id: str) -> str:
    """Return what a line says of this message, from its flag on; empty if it is about something else."""
    begins = TIMESTAMP.search(line)
    rest = line[begins.end() :].rstrip() if begins is not None else ""
    named = f"{queue_id} "
    return rest[len(named) :] if rest.startswith(named) else ""
