"""The one place where messages are made: for a tick, for a person's request, and for what wakes the work."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.errors import PermanentError, TransientError
from shared.ports import Ports

log = logging.getLogger("relaykeeper.enqueue")

APART = timedelta(seconds=20)
"""How far apart the objects start that one event wakes, so that the end of a pause does not start all at once."""

SPREAD = timedelta(minutes=30)
"""By when the last of them starts, however many there are: before the next tick asks for all of them anyway."""


def enqueue(
    target: ObjectRef,
    correlation: str,
    ports: Ports,
    *,
    request: str | None = None,
    cause: str = "",
    after: timedelta = timedelta(0),
) -> None:
    """Send the message for one look at an object, to begin `after` this delay. Raises what the queue raises."""
    ports.queue.send(Message(target, correlation, request, cause), after)


def wake(causes: Mapping[ObjectRef, str], correlation: str, ports: Ports) -> frozenset[ObjectRef]:
    """Send a message for each object with its cause, one after the other; return those that were sent.

    A message that cannot be sent is logged: the next tick looks at that object.
    """
    apart, woken = min(APART, SPREAD / max(len(causes), 1)), set[ObjectRef]()
    for number, (target, cause) in enumerate(causes.items()):
        try:
            enqueue(target, correlation, ports, cause=cause, after=number * apart)
            woken.add(target)
        except (TransientError, PermanentError) as failure:
            log.error("%s: no message could be sent (%s); the next tick looks at it: %s", target, cause, failure)
    return frozenset(woken)
