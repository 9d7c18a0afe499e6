"""Look at everything that concerns a certificate, changing nothing."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from shared.domain.certificates import Leaf, Stored, Version
from shared.domain.journal import Journal
from shared.domain.place_record import PlaceRecord
from shared.domain.places import Answer, PlaceSeen, Pod, Question, Resting, Unreachable
from shared.domain.proof import every_question, one_question, sample, with_key_types
from shared.domain.quarantine import earlier_versions, quarantined
from shared.domain.restraint import rests
from shared.domain.seen import Seen
from shared.domain.served import settled
from shared.errors import PermanentError, TransientError
from shared.guard import guard
from shared.inventory import Certificate, Place, Relay
from shared.ports import Ports
from shared.workflows.fronts import fronts_seen
from shared.workflows.judged import judged
from shared.workflows.silent import Silent

Questions = Callable[[Certificate, Leaf, Place, Iterable[Pod], str | None], list[Question]]


def look(
    certificate: Certificate,
    journal: Journal,
    ports: Ports,
    silent: Silent | None = None,
    *,
    coming_back: bool = False,
) -> Seen:
    """Look at vault and relays in passing: one handshake per replica and port, as an idle tick should cost.

    `coming_back` to a wait leaves out the relays whose line is under way: a delivery looks for itself, and a cluster
    that was just proven is looked at by the next tick.
    """
    silent = silent or Silent()
    stored = silent.once(f"vault {certificate.vault}", lambda: ports.vault.latest(certificate))
    paused = ports.inventory.pause_of_issuing(certificate)
    if stored is None:
        return Seen(journal, None, {}, paused=paused)
    places = ports.inventory.places(certificate.name)
    good = cache(lambda version: still_good(certificate, version, ports))
    wanted = {place: version_for(stored, place, places, journal, good) for place in places}
    lines_under_way = {p.relay.name for p in places if coming_back and is_mid_line(p.relay, stored, places, journal)}
    seen = {
        p: glance(certificate, wanted[p] or stored, p, journal.at(str(p)), silent, ports)
        for p in places
        if p.relay.name not in lines_under_way
    }
    earlier = {place: version for place, version in wanted.items() if version != stored}
    return Seen(journal, stored, seen, earlier, fronts_seen(certificate, stored, journal, ports), paused)


def is_mid_line(relay: Relay, stored: Stored, places: Iterable[Place], journal: Journal) -> bool:
    """Say whether the version is being delivered to one of a relay's clusters, or proven at some and not at others."""
    records = [journal.at(str(place)) for place in places if place.relay.name == relay.name]
    proven = {record.proof is not None and record.proof.version == stored.version for record in records}
    return len(proven) > 1 or any(record.delivery is not None for record in records)


def version_to_serve(
    certificate: Certificate, stored: Stored, place: Place, journal: Journal, ports: Ports
) -> Stored | None:
    """Return what the place is to serve as the journal stands by now."""
    places = ports.inventory.places(certificate.name)
    return version_for(stored, place, places, journal, lambda version: still_good(certificate, version, ports))


def version_for(
    newest: Stored,
    place: Place,
    places: Sequence[Place],
    journal: Journal,
    good: Callable[[Version], Stored | None],
) -> Stored | None:
    """Return what a place is to serve: the newest version, or while that is in quarantine there one from before.

    None if there was none before. The newest after all once none from before is `good` still: the only way is forward.
    """
    if quarantined(journal, place, newest.version) is None:
        return newest
    versions = earlier_versions(journal, place, newest.version, places)
    return next((found for version in versions if (found := good(version)) is not None), newest) if versions else None


def still_good(certificate: Certificate, version: Version, ports: Ports) -> Stored | None:
    """Return a version that can be served still; None if it has expired, or is gone or disabled in the vault."""
    found = ports.vault.version(certificate, version)
    return found if found is not None and ports.clock.now() < found.leaf.not_after else None


def glance(
    certificate: Certificate, wanted: Stored, place: Place, record: PlaceRecord, silent: Silent, ports: Ports
) -> PlaceSeen | Resting | Unreachable:
    """Look at a place in passing, if it can be reached."""
    return if_reached(place, lambda: look_quickly(certificate, wanted, place, record, ports), silent, ports)


def if_reached(
    place: Place, look_there: Callable[[], PlaceSeen], silent: Silent, ports: Ports
) -> PlaceSeen | Resting | Unreachable:
    """Return what a look at a place finds, or why there is none to be had: a cluster at rest may refuse us too."""
    try:
        with guard(f"looking at {place}"):
            return silent.once(f"cluster {place.cluster}", look_there)
    except (TransientError, PermanentError) as error:
        resting = rests(place, ports.clock.now())
        return Resting(resting) if resting is not None else Unreachable(str(error))


def look_quickly(
    certificate: Certificate, wanted: Stored, place: Place, record: PlaceRecord, ports: Ports
) -> PlaceSeen:
    """Look at a place without asking for its workload where the replicas proven last time still serve `wanted`."""
    seen = look_at(certificate, wanted, place, one_question, ports)
    proven = record.proof is not None and record.proof.replicas == len(seen.pods)
    return seen if proven and settled(wanted.leaf.thumbprint, seen) else with_rollout(place, seen, ports)


def look_closely(certificate: Certificate, wanted: Stored, place: Place, ports: Ports) -> PlaceSeen:
    """Look at a place with its workload, putting every question to every replica."""
    return with_rollout(place, look_at(certificate, wanted, place, every_question, ports), ports)


def look_at_sample(
    certificate: Certificate, wanted: Stored, place: Place, last: Iterable[Answer], ports: Ports
) -> PlaceSeen:
    """Look at a place with its workload, putting one question to each replica: enough while it is waited for.

    `last` are the answers of the last complete look: what was not proven then is asked first.
    """

    def questions(*about: Any) -> list[Question]:
        return sample(every_question(*about), last, wanted.leaf.thumbprint)

    return with_rollout(place, look_at(certificate, wanted, place, questions, ports), ports)


def look_at(certificate: Certificate, wanted: Stored, place: Place, questions: Questions, ports: Ports) -> PlaceSeen:
    relay, secret = place.relay, place.serves.secret
    namespace = relay.workload.namespace
    held = ports.clusters.secret(place.cluster, namespace, secret) if secret is not None else None
    pods = ports.clusters.pods(place.cluster, relay.workload)
    service = ports.clusters.service_address(place.cluster, namespace, relay.service) if relay.service else None
    asked = questions(certificate, wanted.leaf, place, pods, service)
    beside = ports.inventory.served_beside(certificate.name, relay)
    answers = ports.relays.ask(with_key_types(asked, wanted.leaf, beside))
    return PlaceSeen(held, pods, judged(certificate, wanted, answers, ports), None)


def with_rollout(place: Place, seen: PlaceSeen, ports: Ports) -> PlaceSeen:
    rollout = ports.clusters.rollout(place.cluster, place.relay.workload)
    return PlaceSeen(seen.secret, seen.pods, seen.answers, rollout)
