"""What a watch saw that a worker can put right at once: the watch itself changes nothing, it only asks for a look."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.domain.alerting.observed import Watched
from shared.domain.place_work import lacking, step_at
from shared.domain.places import PlaceSeen, SecretSeen
from shared.domain.restraint import Held
from shared.domain.secret_refusal import secret_refusal
from shared.inventory import Place

Lacks = Mapping[str, Mapping[str, str]]
"""What the places of a certificate lack that may be written there: by certificate, then by `relay@cluster`."""


def lacks_after(before: Lacks, everything: Iterable[Watched], now: datetime) -> Lacks:
    """Return what lacks now. What was not seen, or is being worked on, stays as it was `before`."""
    watched = tuple(everything)
    found = {
        each.certificate.name: lacks_of(each, before.get(each.certificate.name, {}), watched, now) for each in watched
    }
    return {certificate: places for certificate, places in found.items() if places}


def lacks_of(
    watched: Watched, before: Mapping[str, str], everything: Iterable[Watched], now: datetime
) -> dict[str, str]:
    if watched.blind or watched.seen.journal.waits(now):
        return dict(before)
    after: dict[str, str] = {}
    for place, there in watched.seen.places.items():
        if not isinstance(there, PlaceSeen):
            after |= {str(place): before[str(place)]} if str(place) in before else {}
        elif (lacks := to_be_written(watched, place, there, everything, now)) is not None:
            after[str(place)] = lacks
    return after


def causes_to_wake(before: Lacks, after: Lacks) -> dict[str, str]:
    """Return the certificates that somebody should look at, each with the first change that was seen.

    So once for each change: a place that cannot be put right is not woken again at each watch.
    """
    causes: dict[str, str] = {}
    for certificate, places in after.items():
        known = before.get(certificate, {})
        if (new := next((place for place in places if places[place] != known.get(place)), None)) is not None:
            causes[certificate] = f"the watch saw at {new}: {places[new]}"
    return causes


def to_be_written(
    watched: Watched, place: Place, there: PlaceSeen, everything: Iterable[Watched], now: datetime
) -> str | None:
    """Say what a place lacks; None where it lacks nothing, is held or paused, or its Secret is not ours to write."""
    wanted, certificate = watched.seen.wanted(place), watched.certificate
    if wanted is None or certificate.mode != "manage":
        return None
    lacks = lacking(certificate, wanted, place, there.secret)
    if lacks is None or isinstance(step_at(certificate, wanted, place, there, watched.seen.journal, now), Held):
        return None
    return lacks if why_not_ours(watched, place, there.secret, everything) is None else None


def why_not_ours(
    watched: Watched, place: Place, secret: SecretSeen | None, everything: Iterable[Watched]
) -> str | None:
    """Say why the Secret must not be written, as a worker would: whom it was taken over from, its journals know."""
    if secret is None:
        return None
    beside = {serves.certificate for serves in place.relay.serves if serves.secret == place.serves.secret}
    records = [each.seen.journal.at(str(place)) for each in everything if each.certificate.name in beside]
    adopted = frozenset(record.adopted for record in records if record.adopted is not None)
    return secret_refusal(watched.certificate.name, place, secret, adopted)
