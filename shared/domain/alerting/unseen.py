"""What a watch did not see, though it should be there again: no alert that relies on it is over."""

from collections.abc import Iterator
from datetime import datetime

from shared.domain.alerting.observed import (
    Observations,
    Watched,
    fronts_of,
    mail_at,
    policy_of,
    seen_at,
    served_at,
    served_leaves,
    suspended,
)
from shared.domain.places import PlaceSeen, Resting, Unreachable
from shared.domain.served import askable, expected
from shared.domain.unauthenticated import settled


def unseen(observations: Observations, now: datetime) -> frozenset[str]:
    """Name everything as `relies_on` does. A suspended cluster is not expected to be there again."""
    missing = {name for watched in observations.watched for name in unseen_of(watched, now)}
    missing -= {policy_of(cluster) for cluster in observations.policies}
    for place, offers in observations.offers.items():
        missing = missing - {mail_at(place)} if settled(offers) else missing | {mail_at(place)}
    return frozenset(missing.union(observations.blind))


def unseen_of(watched: Watched, now: datetime) -> Iterator[str]:
    yield from watched.blind
    if watched.unread is not None:
        yield watched.itself
    if watched.itself in watched.blind:
        yield from (watched.journal, fronts_of(watched.certificate.name))
    for place, there in watched.seen.places.items():
        if isinstance(there, PlaceSeen):
            unheard = any(answer.inconclusive for answer in askable(there.answers))
            if expected(there) and (unheard or not served_leaves(there)):
                yield served_at(watched.certificate, place)
        elif isinstance(there, Unreachable) or not suspended(place, now):
            yield from (seen_at(watched.certificate, place), served_at(watched.certificate, place), mail_at(place))
            yield policy_of(place.cluster)
    if sleeps(watched, now):
        yield fronts_of(watched.certificate.name)


def sleeps(watched: Watched, now: datetime) -> bool:
    """Say whether each place is away, to come back by itself: then its public names are not asked."""
    places = watched.seen.places.items()
    return bool(places) and all(isinstance(there, Resting) and not suspended(place, now) for place, there in places)
