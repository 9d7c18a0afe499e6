"""An object's journal under a lease that one worker holds and prolongs before each side effect."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from shared.domain.audit import SCHEDULED, Event, RecordedVersion, Trigger
from shared.domain.message import Message
from shared.domain.object_ref import ObjectRef
from shared.errors import LeaseLost
from shared.inventory import Place
from shared.ports import Journals, Lease, Ports
from shared.workflows.audit import append_audit, audit_record
from shared.workflows.pauses import require_not_paused

log = logging.getLogger("relaykeeper.renew")


class Leased[T]:
    """The journal of the object that a message is about, while its lease is ours.

    `trigger` says on whose behalf the work is done: the timer's, unless it is for a person.
    """

    def __init__(self, message: Message, lease: Lease[T], ports: Ports) -> None:
        self.message = message
        self.trigger = Trigger(SCHEDULED.actor, message.cause or SCHEDULED.reason, message.correlation)
        self.ports = ports
        self._lease = lease

    @property
    def target(self) -> ObjectRef:
        return self.message.target

    @property
    def journal(self) -> T:
        """The journal as it was read under the lease, or last saved."""
        return self._lease.journal

    def save(self, journal: T) -> None:
        """Write the journal. Raises LeaseLost if another worker holds it by now."""
        self._lease.write(journal)

    def before_effect(self) -> None:
        """Prolong the lease; to be called before each side effect.

        Raises Paused once the object is paused: no further effect follows. Raises LeaseLost where the lease is lost.
        """
        require_not_paused(self.target, self.ports)
        self._lease.renew()

    def record(
        self,
        event: Event,
        outcome: str,
        *,
        place: str = "",
        version: RecordedVersion | None = None,
        reason: str = "",
        order: str = "",
    ) -> None:
        """Append to the history what was done for the object."""
        record = audit_record(
            event,
            outcome,
            self.trigger,
            self.ports,
            target=self.target,
            place=place,
            version=version,
            reason=reason,
            order=order,
        )
        append_audit(record, self.ports)


class JournalOfPlaces(Protocol):
    """A journal with a record of each place, by `relay@cluster`."""

    def only_at(self, places: Collection[str]) -> Self: ...


def drop_removed_places[T: JournalOfPlaces](held: Leased[T], places: Iterable[Place]) -> None:
    """Drop the records of places that left the inventory; what was written there stays."""
    wanted = held.journal.only_at([str(place) for place in places])
    if wanted != held.journal:
        held.save(wanted)


@contextmanager
def leased[T](message: Message, journals: Journals[T], ports: Ports) -> Iterator[Leased[T]]:
    """Hold the journal of the message's target. Raises what taking a lease raises (`Journals.lease`)."""
    with journals.lease(message.target.name) as lease:
        yield Leased(message, lease, ports)


@contextmanager
def compensate_if_lease_lost[T](held: Leased[T], undo: Callable[[], None]) -> Iterator[None]:
    """Undo the side effect inside if our lease had expired before it was done (for example by a process pause).

    `undo` must leave alone what the replacing worker uses; LeaseLost is raised after it. An effect that failed is not
    undone: what is there then may be another worker's.
    """
    held.before_effect()
    yield
    try:
        held.before_effect()
    except LeaseLost:
        log.warning("%s: another worker took over: the last effect is undone unless that worker uses it", held.target)
        undo()
        raise
