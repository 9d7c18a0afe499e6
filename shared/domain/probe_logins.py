"""What the daily logins of a relay's probe client prove: with which password it is tried, and what replicas say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Literal

from shared.domain.client_assessment import ClientAssessment
from shared.domain.client_observation import ClientPlaceObservation
from shared.domain.clients.client_file import unedited
from shared.domain.clients.login import WAYS
from shared.domain.clients.login_choice import NEVER, WAY_IS_WRONG
from shared.domain.clients.login_journal import LoginJournal, LoginRecord
from shared.domain.holds import expected_offline
from shared.domain.object_ref import Version
from shared.inventory import Place

LoginFaultReason = Literal["RefusedAgain", "RefusedOnce", "RefusedOneWay", "NoWayWorks", "NotProven"]


@dataclass(frozen=True, slots=True)
class LoginFault:
    """What is wrong with the probe client's logins at one replica, named as in the login journal.

    `RefusedAgain`: it was refused (535) several times since a login was accepted; `RefusedOnce`: once. `RefusedOneWay`:
    another way was accepted since. `NoWayWorks`: none of the ways is offered, or each is tainted. `NotProven`: its last
    login came to no verdict.
    """

    replica: str
    reason: LoginFaultReason
    message: str


@dataclass(frozen=True, slots=True)
class VersionToProve:
    """A version of the probe client's password that a place should take; `since`: before that, replicas may not have
    had it."""

    version: Version
    since: datetime


def version_to_prove(probe: ClientAssessment, place: Place) -> VersionToProve | None:
    """Return the version with which a probe client is to log in at a place that is in order; None where it is not.

    Where we write the files that is the version of its file, if it was accepted there before. Else it is the newest, if
    it is marked as a probe client's, no pod is known to lack it, and pods have had the time to get it.
    """
    observation, assessed = probe.observation, probe.places.get(place)
    if assessed is None or not isinstance(there := assessed.there, ClientPlaceObservation):
        return None
    if expected_offline(place, observation.pauses, observation.at) is not None:
        return None
    if observation.is_probe:
        return version_in_file(probe, place, there)
    stored, step = observation.stored, assessed.step
    if stored is None or (step is not None and step.reason in ("ProbeNotMarked", "MountMissing", "MountOutdated")):
        return None
    since = stored.begins + place.relay.clients_pick_up
    return VersionToProve(stored.version, since) if observation.at >= since else None


def version_in_file(probe: ClientAssessment, place: Place, there: ClientPlaceObservation) -> VersionToProve | None:
    """Return the version of the probe client's file, if nobody changed the file, and every replica took it before.

    An ordinary file has a password that may be in use, whatever the mark on the version says.
    """
    said, state = unedited(probe.client, there.secret), probe.observation.active_journal.at(str(place))
    if (
        said is None
        or said.covers is None
        or state.progress is not None
        or state.accepted is None
        or said.versions[:1] != (state.accepted.version,)
    ):
        return None
    return VersionToProve(state.accepted.version, state.accepted.at)


def replica_names(place: Place, there: ClientPlaceObservation) -> tuple[str, ...]:
    """Return the replicas of a place as the login journal names them; behind a Service, that alone."""
    if place.relay.service is not None:
        return (f"{place.cluster}/Service {place.relay.service}",)
    return tuple(f"{place.cluster}/{pod.name}" for pod in there.workload.pods)


def login_faults(
    place: Place, replicas: Sequence[str], proves: VersionToProve, logins: LoginJournal
) -> Iterator[LoginFault]:
    """Yield what is wrong with the logins with this version, at each of these replicas that got any since."""
    for replica in replicas:
        by_way = logins.replicas[replica].by_way if replica in logins.replicas else {}
        records = {
            way: each for way, each in by_way.items() if each.version == proves.version and each.at > proves.since
        }
        if records and (fault := login_fault(place, replica, records)) is not None:
            yield fault


def login_fault(place: Place, replica: str, records: dict[str, LoginRecord]) -> LoginFault | None:
    newest = max(records.values(), key=lambda each: each.at)
    accepted = max((each.at for each in records.values() if each.reason == "Accepted"), default=NEVER)
    refused = {way: each for way, each in records.items() if each.reason == "Refused"}
    if refused:
        return refused_at(replica, refused, accepted)
    if newest.reason != "Accepted" and newest.reason not in WAY_IS_WRONG:
        return LoginFault(replica, "NotProven", f"the last login came to no verdict: {newest.message}")
    ways = len(list(product(place.relay.ports, WAYS)))
    if len(records) == ways and all(each.reason in WAY_IS_WRONG for each in records.values()):
        return LoginFault(replica, "NoWayWorks", f"none of the ways to log in works: {newest.message}")
    return None


def refused_at(replica: str, refused: dict[str, LoginRecord], accepted: datetime) -> LoginFault:
    way, last = max(refused.items(), key=lambda each: each[1].at)
    message = f"refused at port {way}: {last.message}"
    since = sum(each.at > accepted for each in refused.values())
    if since == 0:
        return LoginFault(replica, "RefusedOneWay", f"{message}. Another way was accepted since")
    return LoginFault(replica, "RefusedAgain" if since > 1 else "RefusedOnce", message)
