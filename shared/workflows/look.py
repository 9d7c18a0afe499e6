"""Look at everything that concerns a certificate, changing nothing."""

from collections.abc import Callable, Iterable

from shared.domain.certificates import Stored
from shared.domain.delivery import settled
from shared.domain.inventory import Certificate, Place
from shared.domain.journal import Journal, PlaceRecord
from shared.domain.places import PlaceSeen, Pod, Question, Unreachable
from shared.domain.proof import one_question
from shared.domain.work import Seen
from shared.errors import PermanentError, TransientError
from shared.ports import Ports

Questions = Callable[[Certificate, Place, Iterable[Pod]], list[Question]]


def look(certificate: Certificate, journal: Journal, ports: Ports) -> Seen:
    """Look at vault and relays in passing: one handshake per replica and port, as an idle tick should cost."""
    stored = ports.vault.latest(certificate)
    places = ports.inventory.places(certificate.name)
    seen = {p: glance(certificate, stored, p, journal.at(str(p)), ports) for p in places} if stored else {}
    return Seen(journal, stored, seen)


def glance(
    certificate: Certificate, stored: Stored, place: Place, record: PlaceRecord, ports: Ports
) -> PlaceSeen | Unreachable:
    """Look at a place without asking for its workload where the replicas proven last time still serve `stored`."""
    try:
        seen = look_at(certificate, place, one_question, ports)
        if (
            record.proof is not None
            and record.proof.replicas == len(seen.pods)
            and settled(stored.leaf.thumbprint, seen)
        ):
            return seen
        return with_rollout(place, seen, ports)
    except (TransientError, PermanentError) as error:
        return Unreachable(str(error))


def look_closely(certificate: Certificate, place: Place, questions: Questions, ports: Ports) -> PlaceSeen:
    """Look at a place with its workload, putting `questions` to every replica."""
    return with_rollout(place, look_at(certificate, place, questions, ports), ports)


def look_at(certificate: Certificate, place: Place, questions: Questions, ports: Ports) -> PlaceSeen:
    workload = place.relay.workload
    secret = ports.clusters.secret(place.cluster, workload.namespace, place.serves.secret)
    pods = ports.clusters.pods(place.cluster, workload)
    answers = ports.relays.ask(questions(certificate, place, pods))
    return PlaceSeen(secret, pods, answers, None)


def with_rollout(place: Place, seen: PlaceSeen, ports: Ports) -> PlaceSeen:
    rollout = ports.clusters.rollout(place.cluster, place.relay.workload)
    return PlaceSeen(seen.secret, seen.pods, seen.answers, rollout)
