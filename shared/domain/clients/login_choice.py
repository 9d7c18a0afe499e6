"""At which port, and in which of the four ways, a replica gets its next login."""

from collections.abc import Iterable, Mapping, Sequence
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

    With every way found wrong, the one that was tried longest ago.
    """
    choices = list(product(ports, WAYS))
    here = records(logins, [replica])
    accepted = {**records(logins, logins.replicas, "Accepted"), **records(logins, [replica], "Accepted")}
    known = [choice for choice in choices if way_key(*choice) in accepted]
    if known:
        return max(known, key=lambda choice: accepted[way_key(*choice)].at)
    tried = [each for each in choices if (record := here.get(way_key(*each))) and record.reason in WAY_IS_WRONG]
    return next((each for each in choices if each not in tried), None) or next_in_turn(ports, logins, replica)


def next_in_turn(ports: Sequence[RelayPort], logins: LoginJournal, replica: str) -> PortAndWay:
    """Return the way that was tried longest ago at a replica, so that each is proven in its turn."""
    here = records(logins, [replica])

    def last_tried(choice: PortAndWay) -> datetime:
        record = here.get(way_key(*choice))
        return NEVER if record is None else record.at

    return min(product(ports, WAYS), key=last_tried)


def records(
    logins: LoginJournal, replicas: Iterable[str], reason: LoginReason | None = None
) -> Mapping[str, LoginRecord]:
    """Return the last record of each way at these replicas, those with `reason` alone if that is given."""
    found: dict[str, LoginRecord] = {}
    for replica in replicas:
        by_way = logins.replicas[replica].by_way if replica in logins.replicas else {}
        for key, record in by_way.items():
            newer = key not in found or record.at > found[key].at
            if newer and reason in (None, record.reason):
                found[key] = record
    return found
