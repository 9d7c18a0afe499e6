"""At which port, and in which of the four ways, a replica gets its next login."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product

from shared.domain.clients.login import WAYS, LoginReason, LoginWay
from shared.domain.clients.login_journal import LoginJournal, LoginRecord
from shared.inventory import RelayPort

WAY_IS_WRONG: tuple[LoginReason, ...] = ("NotOffered", "Tainted")
"""Results that say something of the way and nothing of the password."""

NEVER = datetime.min.replace(tzinfo=UTC)

type PortAndWay = tuple[RelayPort, LoginWay]


def way_key(port: RelayPort, way: LoginWay) -> str:
    """Return how a journal calls a way at a port: `587 AUTH PLAIN with initial response`."""
    return f"{port.pod} {way}"


def way_that_works(ports: Sequence[RelayPort], logins: LoginJournal, replica: str) -> PortAndWay:
    """Return the way that was accepted last, at this replica or another; else one that was not found to be wrong.

    With every way found wrong, the one that was tried longest ago. The logins of every client count.
    """
    choices = list(product(ports, WAYS))
    here = newest(all_records(logins, [replica]))
    accepted = {**newest(accepted_records(logins, logins.replicas)), **newest(accepted_records(logins, [replica]))}
    known = [choice for choice in choices if way_key(*choice) in accepted]
    if known:
        return max(known, key=lambda choice: accepted[way_key(*choice)].at)
    tried = [each for each in choices if (record := here.get(way_key(*each))) and record.reason in WAY_IS_WRONG]
    return next((each for each in choices if each not in tried), None) or longest_ago(choices, here)


def next_in_turn(ports: Sequence[RelayPort], logins: LoginJournal, replica: str) -> PortAndWay:
    """Return the way that the probe client tried longest ago at a replica, so that each is proven in its turn."""
    by_way = logins.replicas[replica].by_way if replica in logins.replicas else {}
    return longest_ago(product(ports, WAYS), by_way)


def longest_ago(choices: Iterable[PortAndWay], by_way: Mapping[str, LoginRecord]) -> PortAndWay:
    def last_tried(choice: PortAndWay) -> datetime:
        record = by_way.get(way_key(*choice))
        return NEVER if record is None else record.at

    return min(choices, key=last_tried)


def all_records(logins: LoginJournal, replicas: Iterable[str]) -> Iterator[tuple[str, LoginRecord]]:
    """Yield the way and the record of every client's logins at these replicas."""
    for each in (logins.replicas[replica] for replica in replicas if replica in logins.replicas):
        for by_way in (each.by_way, *(own.by_way for own in each.own.values())):
            yield from by_way.items()


def accepted_records(logins: LoginJournal, replicas: Iterable[str]) -> Iterator[tuple[str, LoginRecord]]:
    return ((way, record) for way, record in all_records(logins, replicas) if record.reason == "Accepted")


def newest(found: Iterable[tuple[str, LoginRecord]]) -> Mapping[str, LoginRecord]:
    """Return the newest record of each way."""
    return dict(sorted(found, key=lambda each: each[1].at))
